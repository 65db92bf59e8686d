"""The page for everyone: an audit by axe, and charts that are read with the keyboard."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from model.society import Society

CITIZENS = 2000
SERIOUS = ("serious", "critical")


def test_axe_finds_nothing_serious(open_tab: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -e '.[dev]' brings axe")
    tab = open_tab("#month=90&citizen=14&show=each")
    tab.reach(90)
    page = tab.page
    page.locator(".who h3").wait_for()
    page.locator("#parameters summary").click()
    page.get_by_role("button", name="Feeling threatened: Table").click()
    for (width, height), scheme in itertools.product(((1440, 900), (390, 844)), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", arg=scheme)
        found = axe.Axe().run(page).response
        assert len(found["passes"]) > 20
        wrong = [
            (rule["id"], node["html"][:120], node["failureSummary"])
            for rule in found["violations"]
            if rule["impact"] in SERIOUS
            for node in rule["nodes"]
        ]
        assert wrong == [], f"{width} pixels wide, {scheme}"


def test_charts_are_read_by_key(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=60")
    tab.reach(60)
    page = tab.page
    chart = page.get_by_role("slider", name="Feeling threatened")
    threat = [
        Society(citizens=CITIZENS, seed=1, policy=policy).run(60).measure("threat")
        for policy in ("coercion", "better_life")
    ]

    def said(month: int) -> str:
        values = [float(f"{column[month]:.6g}") for column in threat]
        return f"month {month}; A: {values[0]}; B: {values[1]}"

    chart.focus()
    for key, month in (("ArrowLeft", 59), ("PageDown", 47), ("ArrowRight", 48), ("Home", 0), ("PageUp", 12)):
        page.keyboard.press(key)
        assert chart.get_attribute("aria-valuetext") == said(month)
        assert chart.get_attribute("aria-valuenow") == str(month)
    tip = page.locator(".chart", has_text="Feeling threatened").locator(".tip")
    assert tip.is_visible()
    assert "month 12" in tip.inner_text()
    page.keyboard.press("End")
    assert chart.get_attribute("aria-valuetext") == "month 180; A: –; B: –"
    assert page.locator("html").get_attribute("data-month") == "60"
    page.keyboard.press("Tab")
    assert tip.is_hidden()
