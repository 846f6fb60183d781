"""`python -m accbooks_warehouse`: the same as the command `accbooks`."""

from accbooks_warehouse.pipelines.__main__ import main

if __name__ == "__main__":
    main()
