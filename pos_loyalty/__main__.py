"""``python -P -m pos_loyalty`` is the program ``pos-loyalty``."""

from pos_loyalty.cli import main

if __name__ == "__main__":
    main(prog_name="pos-loyalty")
