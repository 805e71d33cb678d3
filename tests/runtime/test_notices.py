import os
import sys

import pytest

from fer_pipeline.runtime.notices import framework_notices_held

NOTICE = b"I0000 computation_placer.cc: registered twice\n"


def test_notices_are_held_back_when_all_goes_well(capfd):
    with framework_notices_held():
        os.write(2, NOTICE)
        print("said", flush=True)
    print("after", file=sys.stderr, flush=True)
    said = capfd.readouterr()
    assert said.out == "said\n"
    assert said.err == "after\n"


def import_badly() -> None:
    with framework_notices_held():
        os.write(2, NOTICE)
        raise ImportError("no such library")


def test_notices_are_shown_when_the_block_fails(capfd):
    with pytest.raises(ImportError, match="no such library"):
        import_badly()
    assert capfd.readouterr().err == NOTICE.decode()
