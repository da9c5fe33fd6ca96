"""Django application of releases and scores."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Releases, candidate models, runs and answers."""

    name = "evaluation"
    verbose_name = "Evaluation"
    default_auto_field = "django.db.models.BigAutoField"
