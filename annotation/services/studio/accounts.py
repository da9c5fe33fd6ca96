"""Annotators' accounts in Label Studio: made by us, under pseudonyms, used through our gateway only."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

from annotation.label_studio.client import StudioClient
from annotation.models import Person, StudioAccount, StudioServer
from annotation.models.person import ANNOTATOR
from annotation.services.studio.servers import studio_server

_NO_MAIL = "navab.invalid"  # reserved: no mail can ever go there


def studio_address(person: Person, number: int = 1) -> str:
    """The address of a person's account: the pseudonym, nothing else of the person."""
    suffix = "" if number == 1 else f"-{number}"
    return f"annotator-{person.pseudonym}{suffix}@{_NO_MAIL}"


def studio_password(account_address: str, server: StudioServer) -> str:
    """The password of an account, drawn from our secret key: kept nowhere, known to nobody."""
    return salted_hmac(
        "annotation.studio_people", f"{server.installation}:{account_address}", algorithm="sha256"
    ).hexdigest()


def ensure_studio_account(
    person: Person, *, client: StudioClient, server: StudioServer | None = None, anew: bool = False
) -> StudioAccount:
    """The person's account in a Label Studio (by default the common one), made when there is none.

    ``anew`` makes another one where the newest cannot be logged in to any more.
    """
    server = server or studio_server()
    mine = StudioAccount.objects.filter(
        person=person, server=server, installation=server.installation
    ).order_by("-pk")
    newest = mine.first()
    if newest is not None and not anew:
        return newest
    address = studio_address(person, mine.count() + 1)
    remote_id = client.find_user(address)
    if remote_id is None:
        remote_id = client.create_user(address, studio_password(address, server))
    return StudioAccount.objects.create(
        person=person,
        server=server,
        installation=server.installation,
        remote_id=remote_id,
        address=address,
    )


def ensure_studio_users(client: StudioClient, server: StudioServer | None = None) -> int:
    """Accounts for all active annotators of a server's nations that have none; returns how many it made."""
    server = server or studio_server()
    without = Person.objects.filter(user__is_active=True, user__groups__name=ANNOTATOR).exclude(
        studio_accounts__server=server, studio_accounts__installation=server.installation
    )
    if server.name:
        without = without.filter(nations=server.name)
    people = list(without.select_related("user").distinct())
    for person in people:
        ensure_studio_account(person, client=client, server=server)
    return len(people)
