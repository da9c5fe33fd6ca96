"""Handing in recorded answers or an endpoint to be scored, and reading how that stands."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.fields import empty
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.viewsets import GenericViewSet

from annotation.api.access import RecordCursor, ViewPermission
from annotation.models.base import choices_of
from annotation.models.person import nations_of
from evaluation.api.serializers import SubmissionSerializer
from evaluation.models import ProtocolKind, Release, Submission
from evaluation.services.runs.submission_errors import SubmissionError
from evaluation.services.runs.submissions import queue_endpoint, submission_result, submit_answers

MOST_BYTES = 32 * 1024 * 1024
_ENDPOINT_FIELDS = ("key_variable", "judge", "holdout")


class TooLargeError(APIException):
    """More than is taken at once."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class ShallowJSONParser(JSONParser):
    """Refuses what is nested more deeply than can be read."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """As any JSON."""
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None


class SubmissionThrottle(UserRateThrottle):
    """Scoring a record takes the server a while."""

    scope = "submissions"
    rate = "20/hour"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Only handing in is counted, not reading."""
        return request.method != "POST" or super().allow_request(request, view)


@extend_schema_field(OpenApiTypes.OBJECT)
class AnswersField(serializers.Field):
    """A file in the format of recorded answers, or its lines as a list of objects, the header first."""

    default_error_messages = {
        "kind": "must be a file, or a list of objects: the header, then one per answer",
        "line": "line {number}: must be an object",
        "empty": "the file is empty",
        "deep": "is nested too deeply",
    }

    def to_internal_value(self, data: Any) -> bytes:
        """The lines as they stand in a file."""
        if isinstance(data, UploadedFile):
            found: bytes = data.read()
            if not found.strip():
                self.fail("empty")
            return found
        if not isinstance(data, list) or not data:
            self.fail("kind")
        for number, line in enumerate(data, start=1):
            if not isinstance(line, dict):
                self.fail("line", number=number)
        try:
            return "\n".join(json.dumps(line) for line in data).encode()
        except RecursionError:
            self.fail("deep")

    def to_representation(self, value: Any) -> None:
        """Never told again."""
        return None


class Flag(serializers.BooleanField):
    """Of a form, too, a flag that is not there is not given."""

    default_empty_html = empty


class NewSubmissionSerializer(serializers.Serializer):
    """Either ``answers``, or ``base_url`` with what belongs to it."""

    release = serializers.CharField(max_length=90, help_text="name@version, or the newest version of a name")
    model = serializers.CharField(max_length=200, trim_whitespace=False)
    protocol = serializers.ChoiceField(choices=choices_of(ProtocolKind))
    answers = AnswersField(
        required=False,
        help_text="To every public evaluation item; scored at once where the release is small.",
    )
    base_url = serializers.CharField(
        required=False,
        max_length=500,
        trim_whitespace=False,
        help_text="Of an OpenAI-compatible endpoint whose host is allowed.",
    )
    key_variable = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Name of the server's variable that holds the key: NAVAB_KEY_…, bound to this host.",
    )
    judge = serializers.CharField(required=False, max_length=200)
    holdout = Flag(required=False, help_text="Whether the private items are asked too; no by default.")

    def validate_release(self, value: str) -> Release:
        """A candidate or published release."""
        release = Release.objects.scored().named(value).defer("gates").first()
        if release is None:
            raise serializers.ValidationError(f"There is no release {value!r} that models are scored on.")
        return release

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two, whole."""
        if ("answers" in attrs) == ("base_url" in attrs):
            raise serializers.ValidationError("Give either answers or base_url.")
        if "answers" in attrs:
            stray = [name for name in _ENDPOINT_FIELDS if name in attrs]
            if stray:
                raise serializers.ValidationError({stray[0]: "belongs to base_url, not to answers"})
        return attrs


class SubmissionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Own submissions; operators and superusers see everybody's."""

    queryset = Submission.objects.select_related("release", "run")
    serializer_class = SubmissionSerializer
    permission_classes = [ViewPermission]
    pagination_class = RecordCursor
    parser_classes = [ShallowJSONParser, MultiPartParser]

    def get_throttles(self) -> list[Any]:
        """Those of everywhere, and one for handing in."""
        return [*super().get_throttles(), SubmissionThrottle()]

    def get_queryset(self) -> QuerySet[Submission]:
        """By person."""
        rows = super().get_queryset().defer("release__manifest", "release__gates")
        return rows if nations_of(self.request.user) is None else rows.filter(person=self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        """With what figures are told."""
        return {**super().get_serializer_context(), "result": submission_result}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refused by its size before it is read."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.method == "POST" and (not length.isdigit() or int(length) > MOST_BYTES):
            raise TooLargeError(f"At most {MOST_BYTES} bytes are taken at once.")
        super().initial(request, *args, **kwargs)

    @extend_schema(
        request={
            "application/json": NewSubmissionSerializer,
            "multipart/form-data": NewSubmissionSerializer,
        },
        responses={201: SubmissionSerializer, 202: SubmissionSerializer},
    )
    def create(self, request: Request) -> Response:
        """Take a model to be scored: few recorded answers are scored at once (201); many, and an endpoint,
        wait in the queue (202, and ``Location`` is where to ask how it stands). Errors name the field, and in
        a record the line."""
        given = NewSubmissionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        named = {
            "person": request.user,
            "release": data["release"],
            "model": data["model"],
            "protocol": ProtocolKind(data["protocol"]),
        }
        try:
            if "answers" in data:
                made = submit_answers(**named, answers=data["answers"])
            else:
                made = queue_endpoint(
                    **named,
                    base_url=data["base_url"],
                    key_variable=data.get("key_variable", ""),
                    judge=data.get("judge", ""),
                    is_holdout=data.get("holdout", False),
                )
        except SubmissionError as error:
            raise ValidationError({error.field: [str(error)]}) from error
        is_done = made.status == Submission.Status.FINISHED
        told = self.get_serializer(made).data
        return Response(
            told,
            status.HTTP_201_CREATED if is_done else status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("evaluation:api-submission", args=[made.pk])},
        )
