def test_the_hub_can_be_filled_before_its_unit_first_runs() -> None:
    """Programs are published and members brought in before; tmpfiles.d makes the folder as the unit would."""
    (folder,), (mode,), (user,) = (settings(SERVICE)[key] for key in ("StateDirectory", "StateDirectoryMode", "User"))
    text = (FOLDER / "tmpfiles.d" / "pos-loyalty-hub.conf").read_text("utf-8")
    assert f"d /var/lib/{folder} {mode} {user} {user} -" in text.splitlines()
