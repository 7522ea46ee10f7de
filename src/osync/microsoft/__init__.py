"""What an Outlook calendar and an Outlook mailbox have in common: the COM thread, and recurrence in Outlook's words."""
