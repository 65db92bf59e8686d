"""What all tests share."""

from hypothesis import settings

# A deadline for each example would measure the machine: where it is busy, a right answer would fail.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
