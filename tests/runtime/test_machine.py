import subprocess
import sys
import time

from fer_pipeline.runtime import machine


def test_work_of_other_processes_is_seen():
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        with machine.other_work() as meanwhile:
            time.sleep(1)
    finally:
        busy.kill()
        busy.wait()
    assert 0.3 < meanwhile["others"] <= meanwhile["cores"]
    assert meanwhile["load"] >= 0


def test_processor_and_gpu_have_names_even_where_nobody_tells_them(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.processor()
    assert machine.gpu() == "GPU"
