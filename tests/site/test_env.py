"""Settings from the environment: what is missing or malformed fails at start, with its name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from navab_site import env

ROOT = Path(__file__).resolve().parents[2]
SECRET = "k7-" + "0123456789abcdefghijABCDEFGHIJ!?" * 2
BARE = {"PATH": os.environ["PATH"], "NAVAB_DATA_DIR": "/tmp/navab-env-test"}
WHOLE = {**BARE, "DJANGO_SECRET_KEY": SECRET}


def check(environment, *arguments):
    """``manage.py check`` with nothing but ``environment``; returns status and output."""
    run = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return run.returncode, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (BARE, "DJANGO_SECRET_KEY is not set."),
        ({**WHOLE, "DATABASE_URL": "mysql://x/y"}, "DATABASE_URL is malformed"),
        ({**WHOLE, "DATABASE_URL": "sqlite:////no/such/folder/x.sqlite3"}, "whose folder does not exist"),
        ({**WHOLE, "NAVAB_DATA_DIR": "/dev/null/x"}, "NAVAB_DATA_DIR is /dev/null/x, which cannot be made"),
        ({**WHOLE, "NAVAB_ENGINE": "magic"}, "NAVAB_ENGINE is 'magic'; it must be rules or openai."),
        (
            {**WHOLE, "NAVAB_EMBEDDER": "magic"},
            "NAVAB_EMBEDDER is 'magic'; it must be embedded, openai or sentence-transformers.",
        ),
        (
            {**WHOLE, "NAVAB_EMBEDDER": "sentence-transformers"},
            "NAVAB_EMBEDDER is sentence-transformers and NAVAB_EMBEDDING_MODEL is empty; openai and "
            "sentence-transformers need a model",
        ),
        (
            {**WHOLE, "NAVAB_EMBEDDING_MODEL": "e5"},
            "NAVAB_EMBEDDER is embedded and NAVAB_EMBEDDING_MODEL is e5;",
        ),
        (
            {**WHOLE, "NAVAB_EMBEDDER": "openai", "NAVAB_EMBEDDING_MODEL": "e5"},
            "NAVAB_EMBEDDER is openai, so OPENAI_BASE_URL must be set.",
        ),
        ({**WHOLE, "NAVAB_TOKEN_BUDGET": "1e6"}, "NAVAB_TOKEN_BUDGET is '1e6'; it must be a whole number."),
        ({**WHOLE, "NAVAB_PRICE_IN": "-1"}, "NAVAB_PRICE_IN is -1; it must be 0 or more."),
        (
            {**WHOLE, "NAVAB_MONEY_BUDGET": "5"},
            "NAVAB_MONEY_BUDGET is set, so NAVAB_PRICE_IN and NAVAB_PRICE_OUT must be too.",
        ),
        ({**WHOLE, "LABEL_STUDIO_URL": "http://127.0.0.1:8080"}, "LABEL_STUDIO_API_KEY must be set too"),
    ],
)
def test_start_fails_with_the_name(environment, message):
    status, output = check(environment)

    assert status != 0
    assert message in output
    assert "Traceback" not in output


def test_database_without_tables_says_what_to_do(tmp_path):
    environment = {**WHOLE, "NAVAB_DATA_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "run_pipeline"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert run.returncode == 1
    assert run.stderr.startswith("The database has no tables yet; run the command migrate first.")


def test_production_settings_pass_the_deployment_check():
    production = {
        **WHOLE,
        "DJANGO_HTTPS": "true",
        "DJANGO_ALLOWED_HOSTS": "navab.example",
        "DATABASE_URL": "postgresql://navab:secret@127.0.0.1:5432/navab",
    }

    status, output = check(production, "--deploy", "--fail-level", "WARNING")

    assert (status, output.strip()) == (0, "System check identified no issues (0 silenced).")


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (lambda: env.text("X"), "", "X is not set"),
        (lambda: env.flag("X", default=True), "perhaps", "X is 'perhaps'; it must be true or false."),
        (lambda: env.number("X", 16, low=1, high=256), "many", "X is 'many'; it must be a whole number."),
        (lambda: env.number("X", 16, low=1, high=256), "0", "X is 0; it must be between 1 and 256."),
        (
            lambda: env.bound_hosts("X"),
            "OPENAI_KEY=a.example",
            "X has 'OPENAI_KEY=a.example'; it must be NAVAB_KEY_NAME=host, and a comma between two of them.",
        ),
        (
            lambda: env.bound_hosts("X"),
            "NAVAB_KEY_A",
            "X has 'NAVAB_KEY_A'; it must be NAVAB_KEY_NAME=host, and a comma between two of them.",
        ),
        (lambda: env.decimal("X"), "2,50", "X is '2,50'; it must be a number."),
        (lambda: env.decimal("X"), "nan", "X is nan; it must be 0 or more."),
        (lambda: env.decimal("X"), "inf", "X is inf; it must be 0 or more."),
        (lambda: env.web_address("X", ""), "localhost:8000", "X is 'localhost:8000'; it must look like"),
        (lambda: env.web_address("X", ""), "http://h:99999", "X is 'http://h:99999'; it must look like"),
        (lambda: env.web_address("X", ""), "ftp://host", "X is 'ftp://host'; it must look like"),
        (lambda: env.database("X"), "sqlite://host/x", "X is malformed"),
        (lambda: env.database("X"), "postgresql://host:port/x", "X is malformed"),
        (lambda: env.database("X"), "postgresql://host/", "X is malformed"),
    ],
)
def test_malformed_values_are_named(monkeypatch, reader, value, message):
    monkeypatch.setattr(env, "_environ", {"X": value})

    with pytest.raises(ImproperlyConfigured, match=re.escape(message)):
        reader()


def test_database_password_is_not_repeated_in_the_error(monkeypatch):
    monkeypatch.setattr(env, "_environ", {"X": "mysql://me:hunter2@host/x"})

    with pytest.raises(ImproperlyConfigured) as caught:
        env.database("X")

    assert "hunter2" not in str(caught.value)


def test_database_addresses(monkeypatch):
    def read(value):
        monkeypatch.setattr(env, "_environ", {"X": value})
        entry = env.database("X")
        return tuple(str(entry.get(name, "")) for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT"))

    assert read("sqlite:////tmp/a%20b.sqlite3") == ("/tmp/a b.sqlite3", "", "", "", "")
    assert read("postgresql://u:p%40ss@h:5433/n") == ("n", "u", "p@ss", "h", "5433")
    assert read("postgresql:///n?host=/run/pg") == ("n", "", "", "/run/pg", "")


def test_env_file_reads_values_quotes_and_comments(tmp_path):
    path = tmp_path / ".env"
    path.write_text(
        "# a comment\n\nA=1\nexport B = two words # said why\nC='# kept'\n"
        'D="quoted" # note\nE=\nF=a#b\n  # indented\nG=postgresql://u:p@h/n?x=1\nH= # empty\n'
    )

    assert env.read_file(path) == {
        "A": "1",
        "B": "two words",
        "C": "# kept",
        "D": "quoted",
        "E": "",
        "F": "a#b",
        "G": "postgresql://u:p@h/n?x=1",
        "H": "",
    }


@pytest.mark.parametrize("line", ["NAME", "=value", "1A=x", "A-B=x", "A='open", 'A="x" y'])
def test_env_file_names_file_and_line_of_what_is_malformed(tmp_path, line):
    path = tmp_path / ".env"
    path.write_text(f"GOOD=1\n{line}\n")

    with pytest.raises(ImproperlyConfigured, match=re.escape(f"{path}, line 2 is malformed")):
        env.read_file(path)


def test_env_file_that_is_not_there_is_empty(tmp_path):
    assert env.read_file(tmp_path / ".env") == {}


def test_real_environment_goes_before_the_file(tmp_path, monkeypatch):
    path = tmp_path / ".env"
    path.write_text("NAVAB_TEST_SET=file\nNAVAB_TEST_UNSET=file\n")
    monkeypatch.setenv("NAVAB_TEST_SET", "real")
    monkeypatch.setenv("NAVAB_TEST_UNSET", "")
    monkeypatch.delenv("NAVAB_TEST_UNSET")

    env.load_file(path)

    assert (os.environ["NAVAB_TEST_SET"], os.environ["NAVAB_TEST_UNSET"]) == ("real", "file")


@given(
    st.dictionaries(
        st.from_regex(r"\A[A-Z_][A-Z0-9_]{0,8}\Z"),
        st.text(st.characters(exclude_characters='"', exclude_categories=["C", "Z"])),
    )
)
def test_env_file_gives_back_quoted_values(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")

    assert env.read_file(path) == values


def test_example_names_every_variable_and_no_other():
    settings = (ROOT / "navab_site" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    read |= set(re.findall(r'env\.studio_servers\("\w+", "(\w+)"\)', settings))
    tasks = re.search(r"for task in \((.*?)\)", settings, re.S)[1]
    read |= {f"NAVAB_MODEL_{task.upper()}" for task in re.findall(r'"(\w+)"', tasks)}

    assert set(env.read_file(ROOT / ".env.example")) == read


def test_example_explains_every_variable():
    lines = (ROOT / ".env.example").read_text().splitlines()

    blocks = "\n".join(lines).split("\n\n")
    unexplained = [block for block in blocks if "=" in block and not block.startswith("#")]
    assert unexplained == []
