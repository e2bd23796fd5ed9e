"""What doctor asks the service."""

import subprocess

from pos_loyalty.cli.checks.service import check_service
from pos_loyalty.cli.demo.passes import issue
from pos_loyalty.cli.demo.place import Place
from tests.support.pass_files import write


def test_files_of_passes_that_cannot_be_used_are_named_until_they_can(
    till_process: subprocess.Popen[bytes], here: Place
) -> None:
    """Each with its remedy; the service reads them again by itself."""
    revoked = here.passes / "revoked.json"

    def told() -> list[tuple[str, str]]:
        found = check_service(here.socket)
        return [(finding.seen, finding.remedy) for finding in found if str(here.passes) in finding.seen]

    assert till_process.poll() is None
    assert [seen.partition(":")[0] for seen, _ in told()] == [str(here.ring), str(revoked)]
    issue(here)
    assert told() == []
    write(revoked, b"{")
    ((seen, remedy),) = told()
    assert seen.startswith(f"{revoked}: is damaged")
    assert "it is read at once" in remedy
