"""A task folder for lm-evaluation-harness: ``lm_eval --include_path <release>/lm_eval --tasks navab``."""

from __future__ import annotations

from typing import Any

from evaluation.publishing.content import Content, Files, Manifest, Slice
from evaluation.publishing.files import whole
from evaluation.publishing.formats.client_code import client_code, client_name

_METRICS = ("acc", "acc_norm", "acc_mutual_info")


class _Function(str):
    """A function of ``utils.py``, which the harness reads as a YAML tag."""


def files(content: Content) -> Files:
    """``lm_eval/``: one task per slice and the group ``navab``, in which slices count the same whatever their
    size; the same again with options A and B in both orders (``navab_letters``).

    ``navab_<nation>_<type>`` compares likelihoods of the two statements after the question, by sum (``acc``),
    per character (``acc_norm``) and against their likelihood without the question (``acc_mutual_info``).
    """
    manifest, slices = content.manifest, content.slices()
    yield "lm_eval/utils.py", whole(client_code("lm_eval_utils.py", manifest.canary).encode())
    yield "lm_eval/_navab_common_yaml", whole(_yaml(_likelihood(manifest), manifest))
    yield "lm_eval/_navab_letters_yaml", whole(_yaml(_letters(manifest), manifest))
    for suffix, common, metrics in (("", "common", _METRICS), ("_letters", "letters", ("acc",))):
        for where in slices:
            task = {
                "include": f"_navab_{common}_yaml",
                "task": task_name(where) + suffix,
                "dataset_kwargs": {"path": where.path},
            }
            yield f"lm_eval/{task['task']}.yaml", whole(_yaml(task, manifest))
        group = {
            "group": f"navab{suffix}",
            "task": [task_name(where) + suffix for where in slices],
            "aggregate_metric_list": [
                {"metric": metric, "aggregation": "mean", "weight_by_size": False} for metric in metrics
            ],
            "metadata": {"version": manifest.version},
        }
        yield f"lm_eval/navab{suffix}.yaml", whole(_yaml(group, manifest))


def task_name(where: Slice) -> str:
    """``navab_cn_quoted``."""
    return f"navab_{client_name(where.nation)}_{where.source_type}"


def _likelihood(manifest: Manifest) -> dict[str, Any]:
    return {
        "custom_dataset": _Function("utils.load"),
        "output_type": "multiple_choice",
        "test_split": "test",
        "num_fewshot": 0,
        # Names of columns, not templates: source text is never rendered.
        "doc_to_text": "question",
        "doc_to_choice": "choices",
        "doc_to_target": "target",
        "metric_list": [_metric(name) for name in _METRICS],
        "metadata": {"version": manifest.version},
    }


def _letters(manifest: Manifest) -> dict[str, Any]:
    return {
        **_likelihood(manifest),
        "custom_dataset": _Function("utils.load_letters"),
        "doc_to_text": "prompt",
        "metric_list": [_metric("acc")],
    }


def _metric(name: str) -> dict[str, Any]:
    return {"metric": name, "aggregation": "mean", "higher_is_better": True}


def _yaml(value: dict[str, Any], manifest: Manifest) -> bytes:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Knows the tag of the harness, and no other object."""

    Dumper.add_representer(_Function, lambda dumper, name: dumper.represent_scalar("!function", str(name)))
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)
    canary = " ".join(manifest.canary.split())
    return f"# Canary, never to be in training data: {canary}\n{text}".encode()
