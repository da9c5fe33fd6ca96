"""Admin of people, users and groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from annotation.admin.base import CappedPaginator
from annotation.models import Person

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(Person)
class PersonAdmin(ModelAdmin):
    """Which nations a user works for."""

    list_display = ["user", "works_for", "language", "pseudonym"]
    list_select_related = ["user"]
    list_filter = [("nations", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["user__username", "user__email"]
    autocomplete_fields = ["user"]
    filter_horizontal = ["nations"]
    show_full_result_count = False
    paginator = CappedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        """With nations; superusers are seen by superusers only."""
        rows = super().get_queryset(request).prefetch_related("nations")
        return rows if request.user.is_superuser else rows.filter(user__is_superuser=False)

    @admin.display(description="nations")
    def works_for(self, row: Person) -> str:
        """Codes."""
        return ", ".join(nation.pk for nation in row.nations.all())


class PersonInline(StackedInline):
    """A user's nations, set where the user is made."""

    model = Person
    autocomplete_fields = ["nations"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """Logins. Whoever is not a superuser can neither see superusers nor make one."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["groups", "is_staff", "is_active"]
    inlines = [PersonInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Everyone but superusers, unless one is."""
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(is_superuser=False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Superuser powers and single permissions are given by superusers."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, "is_superuser", "user_permissions")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Groups and what each may do."""
