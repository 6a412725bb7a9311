"""Prints the tables of the posterior examples, as the page on probabilities has them."""


def print_table(header, rows):
    """Prints a table in Markdown, and an empty line. The first column is text, the others are numbers."""
    widths = [max(len(row[c]) for row in [header, *rows]) for c in range(len(header))]
    rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for first, *others in [header, rules, *rows]:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:]))]
        print(f"| {' | '.join(cells)} |")
    print()
