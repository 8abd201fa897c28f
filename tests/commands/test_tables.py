from dlib.commands import tables


def row(run, representation, metric, **scores):
    path = f"{run}/metrics/{representation}/{metric}/results/aggregate/evaluation.json"
    return {
        "path": path,
        "train_config.dataset.name": "'dsprites_full'",
        "train_config.model.model": "@deft()",
        "train_config.model.random_seed": "3",
        "evaluation_config.evaluation.name": f"'{metric}'",
        "evaluation_results.uuid": "u",
        "evaluation_results.elapsed_time": 1.5,
        **{f"evaluation_results.{name}": value for name, value in scores.items()},
    }


def cells(text):
    return [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in text.splitlines()
        if "│" in line
    ]


def test_runs_have_one_row_for_each_representation(capsys):
    tables.print_runs(
        [
            row("output/deft/3", "mean", "mig", discrete_mig=0.25, nmi_matrix=[[1.0]]),
            row(
                "output/deft/3",
                "mean",
                "factor_vae_metric",
                train_accuracy=0.5,
                eval_accuracy=0.625,
            ),
            row("output/deft/3", "sampled", "mig", discrete_mig=0.125),
            row("output/deft/3", "mean", "dci", error="bad"),
        ]
    )
    text = capsys.readouterr().out
    assert "MIG" in text
    assert "FactorVAE score" in text
    assert cells(text) == [
        ["output/deft/3", "dsprites_full", "deft", "3", "mean", "0.250", "0.625"],
        ["output/deft/3", "dsprites_full", "deft", "3", "sampled", "0.125", ""],
    ]


def test_runs_come_in_the_order_of_their_numbers(capsys):
    tables.print_runs([row(f"output/s/{i}", "mean", "mig", discrete_mig=0.5) for i in (10, 9, 1)])
    text = capsys.readouterr().out
    assert [line[0] for line in cells(text)] == ["output/s/1", "output/s/9", "output/s/10"]


def test_many_runs_are_counted(capsys):
    rows = [row(f"output/deft/{i}", "mean", "mig", discrete_mig=0.5) for i in range(70)]
    rows += [row(f"output/deft/{i}", "mean", "dci", disentanglement=0.5) for i in range(3)]
    rows.append(row("output/deft/0", "sampled", "mig", discrete_mig=0.5))
    tables.print_runs(rows)
    assert cells(capsys.readouterr().out) == [
        ["dsprites_full", "deft", "mean", "70", "73"],
        ["dsprites_full", "deft", "sampled", "1", "1"],
    ]


def test_scores_and_failures(capsys):
    many = {f"score_{i}": i / 10 for i in range(10)}
    tables.print_scores(
        {"mig": {"discrete_mig": 0.5, "uuid": "u"}, "bad": {"error": "X: y"}, "many": many}
    )
    text = capsys.readouterr().out
    assert ["mig", "discrete_mig 0.500"] in cells(text)
    assert ["bad", "failed: X: y"] in cells(text)
    assert "score_7 0.700  and 2 more" in text
    tables.print_scores({})
    assert capsys.readouterr().out == ""
