"""The verbs of `velaurum job` and its like: `integration-job`, `dead-letter`, `reminder` and `schedule`."""

VERBS = {
    "verify": ("jobs:verify", "Ask for a verification of the organisation's log, as a job."),
    "export": (
        "jobs:export",
        "Ask for an export of everything, encrypted to a recipient, as a job; the server keeps its file.",
    ),
    "download": (
        "downloads:download",
        "Download the archive of an export that succeeded; a download that broke off goes on.",
    ),
    "list": ("jobs:list_all", "List the jobs, the newest first."),
    "summary": ("jobs:summary", "Count the jobs by kind and state, with the age of the oldest."),
    "show": ("jobs:show_one", "Show one job: how far it is, and how it ended."),
    "retry": ("jobs:retry", "Have a job that failed tried again."),
    "cancel": ("jobs:cancel", "Call off a job that has not ended; what it did so far is undone."),
}
INTEGRATION_VERBS = {
    "create": (
        "integration_jobs:create",
        "Ask an outside system for something, and print the secret that it calls back with, once.",
    ),
    "list": ("integration_jobs:list_all", "List the integration jobs, the newest first."),
    "show": (
        "integration_jobs:show_one",
        "Show one integration job: how far it is, what came of it, and by whom.",
    ),
    "sent": ("integration_jobs:note_sent", "Say that a job was handed to its outside system."),
    "cancel": (
        "integration_jobs:cancel",
        "Call off an integration job that has not ended; its secret opens nothing any more.",
    ),
}
DEAD_LETTER_VERBS = {
    "list": ("dead_letters:list_all", "List the messages that nobody could work, each with why."),
    "replay": ("dead_letters:replay", "Have a message delivered again, as the same one."),
}
REMINDER_VERBS = {
    "list": ("reminders:list_all", "List what waits for a person or runs out soon, the newest first."),
    "acknowledge": ("reminders:acknowledge", "Say that you have seen a reminder."),
}
SCHEDULE_VERBS = {
    "list": ("schedules:list_all", "List what runs by itself: where, how often, and how it ended last."),
}
