"""``pos-loyalty hub scope``: which rows tills get."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_options import bar, hub_config_option
from pos_loyalty.cli.options import examples, json_option

if TYPE_CHECKING:
    from pos_loyalty.cli.hub_opening import Office

EVERYTHING: Final = "all"
OWN_STORE: Final = "store"


@click.group(
    epilog=examples(
        "pos-loyalty hub scope set store till-3 till-4      the rows of the store each stands in",
        "pos-loyalty hub scope region north 7 8 9",
        "pos-loyalty hub scope set region:north till-3",
        "pos-loyalty hub scope list",
        "pos-loyalty hub scope drop store:7                 no till is in it any more",
    )
)
def scope() -> None:
    """Say which rows tills get: of their store, of their region, or all."""


@scope.command("list", epilog=examples("pos-loyalty hub scope list", "pos-loyalty hub scope list --json"))
@json_option
@hub_config_option
def list_scopes(config_path: Path | None, *, as_json: bool) -> None:
    """List the scopes, their stores and their tills."""
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - so that --help need not wait for a database
    from pos_loyalty.cli.program_files import print_json  # noqa: PLC0415
    from sync.hub.scopes import scopes_in  # noqa: PLC0415

    with office(config_path) as opened, opened.store.reading() as reading:
        known, tills = scopes_in(reading), [till for till in reading.terminals() if till.revoked_ms is None]
    rows = [
        {
            "scope": name or EVERYTHING,
            "stores": list(known[name].stores) if name else [],
            "terminals": [till.terminal_id for till in tills if till.public_key and till.scope == name],
        }
        for name in ("", *known)
    ]
    if as_json:
        print_json({"scopes": rows})
        return
    for row in rows:
        stores = f"of {', '.join(row['stores'])}" if row["stores"] else "of every store"
        click.echo(f"{row['scope']}  {stores}: {', '.join(row['terminals']) or 'no till'}")


@scope.command("set", epilog=examples("pos-loyalty hub scope set store till-3", "pos-loyalty hub scope set all till-3"))
@click.argument("said", metavar="SCOPE")
@click.argument("terminal_ids", metavar="TILL…", nargs=-1, required=True)
@hub_config_option
def set_scope(said: str, terminal_ids: tuple[str, ...], config_path: Path | None) -> None:
    """Give tills the rows of a scope.

    SCOPE is store (the one each till stands in), region:NAME, or all. A till takes its rows anew then, and shows what
    it has meanwhile. Ends with 1 if there is no such till, or if its store is not part of the region; then nothing is
    changed.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above

    with office(config_path) as opened:
        with opened.store.reading() as reading:
            found = {each: reading.terminal(each) for each in terminal_ids}
        if missing := [each for each, till in found.items() if till is None]:
            _refuse(f"{', '.join(missing)}: no such till; see pos-loyalty hub terminals")
        stores = {each: till.store_id for each, till in found.items() if till}
        names = scope_names(opened, said, set(stores.values()))
        for terminal_id, store_id in stores.items():
            opened.authority.put_in_scope(terminal_id, names[store_id])
            click.echo(f"{terminal_id} gets {names[store_id] or EVERYTHING}")


@scope.command(epilog=examples("pos-loyalty hub scope region north 7 8 9"))
@click.argument("name", metavar="NAME")
@click.argument("stores", metavar="STORE…", nargs=-1, required=True)
@hub_config_option
def region(name: str, stores: tuple[str, ...], config_path: Path | None) -> None:
    """Make these stores, and no others, the region NAME.

    If it was another region before, its tills take their rows anew; those of a store that is no longer part of it get
    all, until they are put elsewhere.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above
    from sync.hub.scopes import REGION  # noqa: PLC0415

    with office(config_path) as opened:
        _set_up(opened, {f"{REGION}{name}": stores})
    click.echo(f"{REGION}{name} is of {', '.join(sorted(set(stores)))}")


@scope.command(epilog=examples("pos-loyalty hub scope drop store:7", "pos-loyalty hub scope drop region:north store:8"))
@click.argument("names", metavar="SCOPE…", nargs=-1, required=True)
@hub_config_option
def drop(names: tuple[str, ...], config_path: Path | None) -> None:
    """Keep scopes no more that no till is in.

    SCOPE is store:NAME or region:NAME, as scope list has it. What is kept costs every step of the hub a little. Ends
    with 1 if there is no such scope, or if tills are in it; then nothing is changed.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above
    from sync.hub.scope_building import let_go  # noqa: PLC0415
    from sync.hub.scopes import scopes_in  # noqa: PLC0415

    with office(config_path, is_new=False) as opened:
        with opened.store.reading() as reading:
            known = scopes_in(reading)
            tills = [till for till in reading.terminals() if till.revoked_ms is None and till.scope in names]
        if missing := [name for name in names if name not in known]:
            _refuse(f"{', '.join(missing)}: no such scope; see pos-loyalty hub scope list")
        if tills:
            there = ", ".join(till.terminal_id for till in tills)
            _refuse(f"{there}: still there; first pos-loyalty hub scope set all, or another scope, for them")
        let_go(opened.store, names)
    click.echo(f"{', '.join(names)}: kept no more")


def scope_names(opened: "Office", said: str, stores: set[str]) -> dict[str, str]:
    """Return the scope that ``said`` is in each of these stores; it is set up by then."""
    from sync.hub.scope_building import store_scope  # noqa: PLC0415 - as above
    from sync.hub.scopes import ALL, scopes_in  # noqa: PLC0415

    if said == EVERYTHING:
        return dict.fromkeys(stores, ALL)
    if said == OWN_STORE:
        if "" in stores:
            _refuse("a till that stands in no store has none of its own: give it all, or a region")
        _set_up(opened, {store_scope(each): (each,) for each in stores})
        return {each: store_scope(each) for each in stores}
    with opened.store.reading() as reading:
        known = scopes_in(reading)
    if said not in known:
        _refuse(f"{said}: no such scope; it is all, store, or a region: pos-loyalty hub scope region NAME STORE…")
    if outside := sorted(stores.difference(known[said].stores)):
        _refuse(f"{', '.join(outside)}: not part of {said}; a till must get the rows of its own store at least")
    return dict.fromkeys(stores, said)


def _set_up(opened: "Office", wanted: dict[str, tuple[str, ...]]) -> None:
    from pos_loyalty.service.clock import RandomIds  # noqa: PLC0415 - as above
    from sync.hub.scope_building import STEPS, is_scope_name, set_up  # noqa: PLC0415

    if unfit := [name for name in wanted if not is_scope_name(name)]:
        _refuse(f"{', '.join(unfit)}: too long, or not to be printed: choose another name")
    with bar("setting up", STEPS) as tell:
        for done in set_up(opened.store, {name: set(stores) for name, stores in wanted.items()}, RandomIds()):
            tell(done)


def _refuse(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(Exit.REFUSED)
