from __future__ import annotations

import pytest

from innerloop.core.errors import LoopError
from innerloop.core.proposal import Candidate
from innerloop.core.survey import Hook, Said, Stage, Suite, Survey
from innerloop.core.verbs import VERBS
from innerloop.presets.propose import propose

RUFF = {"ruff": "/bin/ruff", "mypy": "/bin/mypy", "pytest": "/bin/pytest", "black": "/bin/black"}


def loops(survey: Survey) -> dict[str, Candidate]:
    return {one.name: one for one in propose(survey).candidates}


def test_a_configured_linter_is_handed_what_changed() -> None:
    survey = Survey(("a.py",), configured={"ruff": "ruff.toml"}, installed=RUFF)
    assert loops(survey)["lint"] == Candidate(
        "lint",
        "ruff check {changed}",
        "lint",
        "ruff: configured in ruff.toml",
        1.0,
        fix="ruff check --fix {changed}",
        files=("**/*.py",),
        hands=("a.py",),
    )


def test_an_installed_tool_without_evidence_is_not_proposed() -> None:
    assert list(loops(Survey(("a.py",), installed=RUFF))) == ["compile"]


def test_tests_alone_get_something_quicker_before_them() -> None:
    suite = Suite(("test_a.py",), pytest="test_a.py")
    survey = Survey(("a.py", "test_a.py"), tests=suite, installed=RUFF)
    assert list(loops(survey)) == ["compile", "unit"]
    assert loops(survey)["compile"].why.startswith("no linter or type checker is configured")
    assert "compile" not in loops(survey._replace(configured={"mypy": "mypy.ini"}))


def test_a_formatter_needs_evidence_of_its_own() -> None:
    survey = Survey(("a.py",), configured={"ruff": "ruff.toml"}, installed=RUFF)
    assert "format" not in loops(survey)
    assert "format" in loops(survey._replace(hooks=(Hook("ruff-format"),)))
    assert "format" in loops(survey._replace(said=(Said("ruff", ("format",), "tox.ini"),)))


def test_a_linter_that_would_write_is_told_not_to() -> None:
    survey = Survey(
        ("a.py",),
        configured={"ruff": "ruff.toml"},
        settings={"ruff.fix": ("true",)},
        installed=RUFF,
    )
    lint = loops(survey)["lint"]
    assert lint.run == "ruff check --no-fix {changed}"
    assert lint.fix == "ruff check --fix {changed}"
    survey = survey._replace(settings={"ruff.fix-only": ("true",)})
    assert loops(survey)["lint"].run == "ruff check --no-fix-only {changed}"


@pytest.mark.parametrize("option", ["--fix", "--fix-only", "--add-noqa", "--watch"])
def test_an_option_that_writes_or_stays_is_not_taken_over(option: str) -> None:
    survey = Survey(("a.py",), hooks=(Hook("ruff", (option,)),), installed=RUFF)
    assert loops(survey)["lint"].run == "ruff check {changed}"


def test_what_ruff_excludes_stays_excluded_when_handed_by_name() -> None:
    survey = Survey(("a.py",), configured={"ruff": "ruff.toml"}, installed=RUFF)
    by_setting = survey._replace(settings={"ruff.extend-exclude": ("x",)})
    by_itself = survey._replace(paths=("a.py", "build/b.py"))
    assert "--force-exclude" in loops(by_setting)["lint"].run
    assert "--force-exclude" in loops(by_itself)["lint"].run


def test_black_that_excludes_files_is_left_to_find_its_own() -> None:
    survey = Survey(("a.py",), configured={"black": "pyproject.toml"}, installed=RUFF)
    assert loops(survey)["format"].run == "black --check --quiet {changed}"
    found = loops(survey._replace(settings={"black.extend-exclude": ("x",)}))["format"]
    assert (found.run, found.files) == ("black --check --quiet .", ())


def test_what_a_hook_skips_is_left_out() -> None:
    survey = Survey(
        ("docs/conf.py", "docs/x/y.py", "src/a.py", "src/b.py"),
        hooks=(Hook("ruff-check", ("--fix", "--select=E"), "(?:^docs/|b[.]py$)"),),
        installed=RUFF,
    )
    lint = loops(survey)["lint"]
    assert lint.files == ("**/*.py", "!/docs/**", "!/src/b.py")
    assert lint.hands == ("src/a.py",)
    assert lint.run == "ruff check --select=E {changed}"


def test_the_projects_own_folders_and_options_are_kept() -> None:
    said = Said("ruff", ("check", "--ignore", "E501", "src"), "tox.ini")
    lint = loops(Survey(("src/a.py", "b.py"), said=(said,), installed=RUFF))["lint"]
    assert lint.run == "ruff check --ignore E501 {changed}"
    assert lint.files == ("src/**/*.py",)


def test_options_that_would_need_quoting_are_not_taken_over() -> None:
    survey = Survey(("a.py",), hooks=(Hook("ruff", ("--config=a = 'b'",)),), installed=RUFF)
    assert loops(survey)["lint"].run == "ruff check {changed}"


def test_a_tool_that_is_not_installed_is_commented_out() -> None:
    survey = Survey(("a.py",), configured={"ruff": "ruff.toml"})
    lint = loops(survey)["lint"]
    assert lint.commented
    assert lint.why.endswith("not installed here: pip install ruff")
    assert not loops(survey)["compile"].commented


@pytest.mark.parametrize(
    ("survey", "run"),
    [
        (Survey(("src/app/__init__.py",)), "mypy src"),
        (Survey(("app/__init__.py", "tests/__init__.py")), "mypy app"),
        (Survey(("a.py",)), "mypy ."),
        (Survey(("a.py",), settings={"mypy.files": ("a.py",)}), "mypy"),
        (Survey(("a.py",), said=(Said("mypy", ("--strict", "a.py"), "x"),)), "mypy --strict a.py"),
        (Survey(("a.py",), said=(Said("mypy", ("gone.py",), "x"),)), "mypy ."),
        (Survey(("a.py",), said=(Said("mypy", ("--install-types", "a.py"), "x"),)), "mypy ."),
    ],
)
def test_a_type_checker_is_given_what_the_project_gives_it(survey: Survey, run: str) -> None:
    survey = survey._replace(configured={"mypy": "mypy.ini"}, installed=RUFF)
    assert loops(survey)["typecheck"].run == run


def pytested(*files: str, **more: object) -> Survey:
    survey = Survey(files, configured={"pytest": "pytest.ini"}, installed=RUFF)
    tests = Suite(files=tuple(path for path in files if "test_" in path))
    return survey._replace(tests=tests)._replace(**more)  # type: ignore[arg-type] # mixed fields


def test_tests_are_split_by_folder() -> None:
    found = loops(pytested("tests/unit/test_a.py", "tests/integration/test_b.py"))
    assert found["unit"].run == "pytest -q tests/unit"
    assert found["unit"].debug == "pytest -q tests/unit --lf --pdb"
    assert found["integration"].run == "pytest -q tests/integration/"


def test_fast_tests_beside_a_slow_folder_are_all_but_that() -> None:
    found = loops(pytested("tests/test_a.py", "tests/x/test_c.py", "tests/e2e/test_b.py"))
    assert found["unit"].run == "pytest -q tests --ignore=tests/e2e/"
    assert found["e2e"].run == "pytest -q tests/e2e/"


def test_tests_among_the_examples_do_not_count() -> None:
    found = loops(pytested("tests/test_a.py", "examples/integration/test_b.py"))
    assert found["unit"].run == "pytest -q tests"
    assert "integration" not in found


def test_tests_are_split_by_marker() -> None:
    survey = pytested("tests/test_a.py")
    marked = survey.tests._replace(markers={"slow": ("tests/test_a.py",), "parametrize": ("x",)})
    found = loops(survey._replace(tests=marked))
    assert found["unit"].run == 'pytest -q tests -m "not slow"'
    assert found["slow"].run == "pytest -q tests -m slow"
    assert not found["slow"].commented


def test_tests_the_project_leaves_out_itself_are_only_offered() -> None:
    survey = pytested("tests/test_a.py", settings={"pytest.addopts": ("-m 'not slow'",)})
    marked = survey.tests._replace(markers={"slow": ("tests/test_a.py",)})
    found = loops(survey._replace(tests=marked))
    assert found["unit"].run == "pytest -q tests"
    assert found["slow"].commented


def test_a_projects_own_option_for_slow_tests_is_used() -> None:
    survey = pytested("tests/test_a.py")
    marked = Suite(("tests/test_a.py",), markers={"slow": survey.paths}, options=("--runslow",))
    found = loops(survey._replace(tests=marked))
    assert found["unit"].run == "pytest -q tests"
    assert found["slow"].run == "pytest -q tests --runslow -m slow"


def test_coverage_is_left_to_the_outer_loop() -> None:
    survey = pytested("tests/test_a.py", settings={"pytest.addopts": ("--cov=app",)})
    assert loops(survey)["unit"].run == "pytest -q --no-cov tests"


def test_tests_that_import_from_the_root_get_it_on_their_path() -> None:
    survey = pytested("app/__init__.py", "tests/test_a.py")
    survey = survey._replace(tests=survey.tests._replace(imports=frozenset({"app"})))
    assert loops(survey)["unit"].run == "python -m pytest -q tests"
    for more in (
        survey._replace(importable=frozenset({"app"})),
        survey._replace(settings={"pytest.pythonpath": (".",)}),
        survey._replace(paths=(*survey.paths, "conftest.py")),
        survey._replace(paths=(*survey.paths, "tests/__init__.py")),
    ):
        assert loops(more)["unit"].run == "pytest -q tests"


def test_unittest_is_for_test_cases_without_pytest() -> None:
    paths = ("tests/__init__.py", "tests/test_a.py")
    survey = Survey(paths, tests=Suite(paths[1:], cases=paths[1:]))
    assert loops(survey)["unit"].run == "python -m unittest discover -q -s tests -t ."
    assert loops(survey._replace(paths=paths[1:]))["unit"].run.endswith("-s tests")


def test_unittest_stands_in_where_pytest_is_not_installed() -> None:
    paths = ("test_a.py",)
    survey = Survey(paths, depends={"pytest": "x.txt"}, tests=Suite(paths, cases=paths))
    assert loops(survey)["unit"].run == "python -m unittest discover -q"
    here = survey._replace(installed=RUFF)
    assert loops(here)["unit"].run == "pytest -q"


def test_django_has_a_runner_of_its_own() -> None:
    paths = ("app/tests.py", "manage.py")
    tests = Suite(cases=paths[:1], django=paths[0])
    found = loops(Survey(paths, tests=tests, importable=frozenset({"django"})))
    assert found["unit"].run == "python manage.py test"
    assert loops(Survey(paths, tests=tests))["unit"].commented


def test_stages_keep_their_inputs_and_their_order() -> None:
    stages = (
        Stage("run", "python a.py", ("a.py",), ("out.csv",)),
        Stage("train", "", ("out.csv",)),
    )
    found = loops(Survey(("a.py",), stages=stages))
    assert found["python-run"].inputs == ("a.py",)
    assert found["train"].after == ("python-run",)
    assert found["train"].run == "dvc repro --single-item train"
    assert found["train"].commented


def test_make_targets_are_offered_but_not_chores_or_deploys() -> None:
    targets = ("test", "clean-all", "deploy", "install", "check", "out.csv")
    proposal = propose(Survey(("a.py",), targets=targets))
    offered = {one.name: one.run for one in proposal.candidates if one.commented}
    assert offered == {"test": "make test", "make-check": "make check"}
    assert "`make deploy`" in " ".join(proposal.notes)


def test_notebooks_are_offered() -> None:
    found = loops(Survey(("a.py", "x.ipynb")))["notebooks"]
    assert found.commented
    assert found.files == ("**/*.ipynb",)


def test_every_name_is_allowed_and_its_own() -> None:
    stages = tuple(Stage(name, "true") for name in ("watch", "lint", "lint", "æ", "a b"))
    survey = Survey(("a.py",), configured={"ruff": "x"}, installed=RUFF, stages=stages)
    names = [one.name for one in propose(survey).candidates]
    assert len(names) == len(set(names))
    assert not VERBS & set(names)
    assert {"lint", "true-lint", "true-watch", "a-b"} <= set(names)


def test_tests_of_a_package_that_is_not_installed_come_with_advice() -> None:
    survey = pytested("src/app/__init__.py", "tests/test_a.py")
    survey = survey._replace(tests=survey.tests._replace(imports=frozenset({"app"})))
    assert "pip install -e ." in " ".join(propose(survey).notes)
    assert not propose(survey._replace(importable=frozenset({"app"}))).notes


def test_nothing_to_go_by_is_refused_with_an_example() -> None:
    with pytest.raises(LoopError) as refused:
        propose(Survey(("index.html",)))
    assert "inner:" in refused.value.hint
