"""How wide text is, in thousandths of the font size: the advance widths of DejaVu Sans.

DejaVu Sans is the widest font of the stack that the figures ask for (see style.FONT). Text laid
out with its widths therefore has room to spare in Helvetica, Arial or Liberation Sans, and
nothing overflows on a machine that has only DejaVu. A table, and not a font file, so that the
layout is the same on every machine. Called by style.Canvas.
"""


def _table(by_width: dict[int, str]) -> dict[str, int]:
    return {char: width for width, chars in by_width.items() for char in chars}


REGULAR = _table(
    {
        227: "′",
        275: "'",
        278: "ijl",
        295: "IJ",
        318: " ,.·",
        337: "/:;\\|",
        352: "f",
        361: "-",
        390: "()[]",
        392: "t",
        401: "!²³",
        411: "r",
        460: '"',
        500: "*_`–",
        517: "∂",
        521: "s",
        525: "z",
        531: "?",
        550: "c",
        557: "L",
        575: "F",
        579: "k",
        592: "vxy",
        603: "P",
        611: "TY",
        612: "o",
        613: "a",
        615: "e",
        632: "E",
        634: "hnu",
        635: "Sbdgpq",
        636: "$0123456789{}",
        656: "K",
        684: "AV",
        685: "XZ",
        686: "B",
        695: "R",
        698: "C",
        732: "U",
        748: "N",
        752: "H",
        770: "D",
        775: "G",
        780: "&",
        787: "OQ",
        818: "w",
        838: "#+<=>^~×→←↑↓≈−≥≤",
        863: "M",
        950: "%",
        969: "½",
        974: "m",
        989: "W",
        1000: "@—…",
    }
)

BOLD = _table(
    {
        264: "′",
        306: "'",
        343: "ijl",
        348: " ",
        365: "/\\|",
        372: "IJ",
        380: ",.·",
        400: ":;",
        415: "-",
        435: "f",
        438: "²³",
        456: "!",
        457: "()[]",
        478: "t",
        493: "r",
        500: "_`–",
        521: '"',
        523: "*",
        544: "∂",
        580: "?",
        582: "z",
        593: "c",
        595: "s",
        637: "L",
        645: "x",
        652: "vy",
        665: "k",
        675: "a",
        678: "e",
        682: "T",
        683: "EF",
        687: "o",
        696: "$0123456789",
        712: "hnu{}",
        716: "bdgpq",
        720: "S",
        724: "Y",
        725: "Z",
        733: "P",
        734: "C",
        762: "B",
        770: "R",
        771: "X",
        774: "AV",
        775: "K",
        812: "U",
        821: "G",
        830: "D",
        837: "HN",
        838: "#+<=>^~×→←↑↓≈−≥≤",
        850: "OQ",
        872: "&",
        924: "w",
        995: "M",
        1000: "@—…",
        1002: "%",
        1035: "½",
        1042: "m",
        1103: "W",
    }
)

MONO = 602  # every character of DejaVu Sans Mono


def text_width(text: str, size: float, bold: bool = False, mono: bool = False) -> float:
    """Width of `text` in pixels at font size `size`.

    Raises KeyError naming the character when the table lacks it: add it to both tables.
    """
    if mono:
        return len(text) * MONO * size / 1000
    table = BOLD if bold else REGULAR
    return sum(table[char] for char in text) * size / 1000
