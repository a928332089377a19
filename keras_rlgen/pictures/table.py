"""Tables of numbers as text."""


def format_table(results):
    """Formats a table with a row for each key, of the metrics that all rows have."""
    rows = list(results)
    columns = [c for c in results[rows[0]] if all(c in results[r] for r in rows)]
    width = max(map(len, rows))
    heads = [max(len(c), 9) for c in columns]
    lines = [
        "  ".join(
            [" " * width, *(c.rjust(h) for c, h in zip(columns, heads, strict=True))]
        ),
    ]
    for row in rows:
        cells = (
            f"{float(results[row][c]):.4f}".rjust(h)
            for c, h in zip(columns, heads, strict=True)
        )
        lines.append("  ".join([row.ljust(width), *cells]))
    return "\n".join(lines)
