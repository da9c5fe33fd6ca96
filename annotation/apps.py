"""Django application of the record."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    """Sources, statements, decisions and the people who judge them."""

    name = "annotation"
    verbose_name = "Annotation"
    default_auto_field = "django.db.models.BigAutoField"
