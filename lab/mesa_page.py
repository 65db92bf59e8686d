"""The page that a Mesa user expects: SolaraViz of a society. `solara run lab/mesa_page.py`.

The laboratory (`run.py lab`) shows two worlds at once, and faster. This one is plain Mesa: its controls, its plots, and
a view of the citizens. Solara would report its use to its makers; here it does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import solara
from mesa.visualization import Slider, SolaraViz, make_plot_component
from numpy.typing import NDArray
from solara.server import settings

from experiments.designs import read_design
from lab.layout import lay_out
from model.society import COLLECTED, Society
from scenarios import DECLARATIONS, names

settings.telemetry.mixpanel_enable = False  # read when the server starts, after this page is loaded

CITIZENS = 2000
PLAY_INTERVAL = 100
"""Milliseconds that Mesa waits between two steps."""
WIDTH, HEIGHT = 480, 300
STRETCH = 0.3
"""Change of loyalty, in L, at which the colours end."""

LESS, SAME, MORE, GONE, EMPTY = np.array(
    [[158, 60, 0], [222, 220, 212], [4, 72, 134], [250, 249, 246], [255, 255, 255]], dtype=float
)
"""Told apart with any colour vision: orange for less loyal than at the start, blue for more."""


class ShownSociety(Society):
    """A society as SolaraViz makes it anew: from keyword arguments that it need not know by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)


def choices() -> dict[str, Any]:
    """Return what the page lets one set: policy, size, luck, and the parameters that decide the essay's first claim."""
    decisive = [axis.name for axis in read_design("saltelli_claim").axes]
    sliders = {}
    for name in decisive:
        declared = DECLARATIONS[name]
        assert declared.prior is not None
        low, high = declared.prior
        sliders[name] = Slider(name.replace("_", " "), declared.default, low, high, (high - low) / 40)
    policies = names("policies")
    return {
        "policy": {"type": "Select", "label": "policy", "value": "coercion", "values": policies},
        "citizens": Slider("citizens", CITIZENS, 500, 10_000, 500),
        "seed": Slider("seed", 1, 1, 100, 1),
        **sliders,
    }


def beginning() -> dict[str, Any]:
    """Return what the first society is made of."""
    return {name: choice.value if isinstance(choice, Slider) else choice["value"] for name, choice in choices().items()}


def picture(society: Society) -> NDArray[np.uint8]:
    """Return the citizens as a picture, [rows, columns, 3]: who feels more loyal than at the start, and who less."""
    people = society.world.columns
    layout = lay_out(society.country, people, WIDTH, HEIGHT)
    share = np.clip((people.loyalty - people.initial_loyalty) / STRETCH, -1.0, 1.0)[:, None]
    colours = np.where(share < 0.0, SAME + (LESS - SAME) * -share, SAME + (MORE - SAME) * share)
    colours[~people.present] = GONE
    cells = np.vstack([colours, EMPTY])[layout.citizens].reshape(layout.rows, layout.columns, 3)
    return np.repeat(np.repeat(cells, layout.cell, axis=0), layout.cell, axis=1).astype(np.uint8)


def citizens(model: Society) -> None:
    """Show the citizens, a cell each; a plain function, which Mesa draws anew after every step."""
    with solara.Card(f"Citizens, month {model.month}", classes=["citizens"]):
        solara.Text("Orange: less loyal than at the start. Blue: more. Holes: left. Blocks: regions.")
        solara.Image(picture(model))


@solara.component  # type: ignore[untyped-decorator]
def Page() -> None:  # noqa: N802
    """Show the page."""
    model = solara.use_memo(lambda: ShownSociety(**beginning()), [])
    components = [citizens, *(make_plot_component(name) for name in COLLECTED)]
    SolaraViz(model, components=components, play_interval=PLAY_INTERVAL, model_params=choices(), name="Civic Loyalty")
