"""Mail on the internet: IMAP and SMTP, and what they have in common. Knows no mailbox of OSync and no message."""
