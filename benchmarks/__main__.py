"""`python -m benchmarks [FIGURE ...] [--quick]`: measure, and print every figure beside its bar."""


def main() -> int:
    """Measure nothing yet."""
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
