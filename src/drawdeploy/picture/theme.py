"""The colours of pictures, light and dark.

Every colour of a text has a contrast of at least 4.5:1 to what it is written on; a test measures it.
"""

from __future__ import annotations

from collections.abc import Mapping

from drawdeploy.value import Value


class Shade(Value):
    """The colours of a revision: its line, what it fills, and its text; ``on`` is written on ``text``."""

    line: str
    tint: str
    text: str
    on: str


class Theme(Value):
    """All colours of a picture.

    Attributes:
        page: The whole picture.
        band: Banner and site frames.
        card: Cards, cells, pills.
        rule: Thin lines around them.
        ink: Text.
        soft: Less important text.
        faint: What is not in use; never text.
        chip: Behind icons, which are made for light pages.
        edge: Lines from pools to stores and routes that carry nothing.
        halo: Around what changed.
    """

    name: str
    page: str
    band: str
    card: str
    rule: str
    ink: str
    soft: str
    faint: str
    chip: str
    edge: str
    halo: str
    tag: str
    on_tag: str
    pill: str
    on_pill: str
    badge: str
    on_badge: str
    violet: str
    on_violet: str
    teal: str
    on_teal: str
    red: str
    on_red: str
    red_band: str
    red_text: str
    revisions: Mapping[str, Shade]


LIGHT = Theme(
    name="light",
    page="#FFFFFF",
    band="#F6F8FB",
    card="#FFFFFF",
    rule="#D5DCE6",
    ink="#1A2230",
    soft="#556070",
    faint="#C3CBD6",
    chip="",
    edge="#8490A0",
    halo="#F0C87A",
    tag="#8A5A00",
    on_tag="#FFFFFF",
    pill="#1A2230",
    on_pill="#FFFFFF",
    badge="#5D6878",
    on_badge="#FFFFFF",
    violet="#7440C4",
    on_violet="#FFFFFF",
    teal="#0B7285",
    on_teal="#FFFFFF",
    red="#CB2431",
    on_red="#FFFFFF",
    red_band="#FDF0F1",
    red_text="#B31D28",
    revisions={
        "old": Shade("#2F6FDE", "#EBF2FE", "#1D55BD", "#FFFFFF"),
        "new": Shade("#1E9E4A", "#E8F7ED", "#13743A", "#FFFFFF"),
        "newer": Shade("#C7398F", "#FCEBF5", "#9C2170", "#FFFFFF"),
    },
)
DARK = Theme(
    name="dark",
    page="#11161E",
    band="#19202B",
    card="#212A37",
    rule="#3A4658",
    ink="#EEF2F7",
    soft="#AAB5C4",
    faint="#4A566A",
    chip="#E9EDF3",
    edge="#8390A3",
    halo="#B98A2E",
    tag="#F0C160",
    on_tag="#1A1405",
    pill="#EEF2F7",
    on_pill="#11161E",
    badge="#B4BECC",
    on_badge="#11161E",
    violet="#B794F6",
    on_violet="#170B2B",
    teal="#4FC3D0",
    on_teal="#06222A",
    red="#F0616D",
    on_red="#22060A",
    red_band="#2B171B",
    red_text="#FF8F98",
    revisions={
        "old": Shade("#5B93F5", "#18273F", "#8FB8FF", "#0A1730"),
        "new": Shade("#3BBF68", "#15301F", "#6FDD95", "#06200F"),
        "newer": Shade("#E670B8", "#351B2B", "#F7A3D4", "#2B0A1E"),
    },
)
THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}
