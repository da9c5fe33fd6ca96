"""Words on the labelling screen: Label Studio's own, which is English only, and those of our script."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# Label Studio's text or name of a control, whole, to ours. What is not here stays English.
STUDIO = {
    "Submit": _("Submit"),
    "Update": _("Change"),
    "Skip": _("Skip"),
    "Cancel skip": _("Answer after all"),
    "Add": _("Add"),
    "characters": _("characters"),
    "submissions": _("entries"),
    "Press Shift + Enter to Add": _("Shift + Enter adds"),
    "TextArea Input": _("Text"),
    "Edit Region": _("Edit"),
    "Delete Region": _("Delete"),
    "Undo": _("Undo"),
    "Redo": _("Redo"),
    "Reset": _("Reset"),
    "Previous task": _("Previous question"),
    "No previous task": _("No previous question"),
    "Go to Previous Task": _("Previous question"),
    "Next task": _("Next question"),
    "Postpone task": _("Next question; this one stays open"),
    "No next task available": _("No next question"),
    "skip-task": _("Skip this question"),
    "Cancel (skip) task [ Ctrl+Space ]": _("Skip this question"),
    "Submit current annotation": _("Submit this answer"),
    "submit": _("Change this answer"),  # the name of the button to change one, whatever it says
    "Update annotation": _("Change this answer"),
    "Update current annotation": _("Change this answer"),
    "Annotation saved successfully": _("Your answer is saved."),
    "Annotation updated successfully": _("Your answer is changed."),
    "Draft saved successfully": _("Your draft is saved."),
    "No more annotations": _("Nothing is left to answer here."),
    "No More Tasks Left in Queue": _("Nothing is left to answer here."),
    "All tasks in the queue have been completed": _("Thank you."),
}

SCRIPT = {
    "own": _("Your answer"),
    "machine": _("The machine's answer"),
    "confidence": _("confidence"),
    "agrees": _("You agree with the machine."),
    "differs": _("You and the machine differ."),
    "change": _("Change my answer"),
    "ok": _("OK"),
    "failed": _("This was not saved. What you wrote is still on the screen; please try again in a moment."),
}
