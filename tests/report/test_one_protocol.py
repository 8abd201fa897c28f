import pandas as pd

from dlib.report import one_protocol


def frame(metric, protocol):
    """A run with one score."""
    return pd.DataFrame([{"metric": metric, "protocol": protocol, "run": "r"}])


def test_of_equally_many_runs_the_first_protocol_is_drawn():
    even = pd.concat([frame("mig", ""), frame("mig", "n=5"), frame("sap", "n=5")])
    kept, told = one_protocol.of_one_protocol(even, one_protocol.num_runs)
    assert kept[["metric", "protocol"]].values.tolist() == [["mig", ""], ["sap", "n=5"]]
    assert told == ("MIG: of 2 protocols only that of most runs, not told.",)


def test_the_runs_of_a_method_in_several_pairs_count_once():
    pairs = [("a", 2, "b", 3), ("a", 2, "c", 4), ("b", 3, "c", 4)]
    made = pd.DataFrame(
        [{"dataset": d, "method_a": a, "runs_a": n, "method_b": b, "runs_b": m}
         for d in ("x", "all data sets") for a, n, b, m in pairs]
    )  # fmt: skip
    assert one_protocol.runs_of_pairs(made) == 2 + 3 + 4
