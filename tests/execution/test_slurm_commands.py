from dlib.execution import slurm_commands


def test_states_tell_what_waits_for_ever(monkeypatch):
    said = {
        "7": "7_0|RUNNING|None\n7_1|PENDING|Priority\n7_2|PENDING|PartitionTimeLimit\n",
        "8": "8_0|PENDING|BadConstraints\nnot a line of this\n",
    }
    monkeypatch.setattr(slurm_commands, "_slurm", lambda *command: said[command[-1]])
    found = slurm_commands.states(["7_0", "7_1", "7_2", "7_3", "8_0"])
    assert list(found.values()) == ["RUNNING", "PENDING", "IMPOSSIBLE", "GONE", "IMPOSSIBLE"]
    assert slurm_commands.states([]) == {}
