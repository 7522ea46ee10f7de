"""Reports about mails that did not arrive, written after those of the mail systems that people meet."""

OUR_ID = "<0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9@example.org>"
PEER = "tester@example.net"
RETURNED_HEADER = f"""\
From: Pat <pat@example.org>
To: {PEER}
Subject: [OSync] Calendar update
Date: Mon, 23 Nov 2026 09:00:00 +0000
Message-ID: {OUR_ID}
Auto-Submitted: auto-generated
X-OSync: 1
"""
UNKNOWN = "550 5.1.1 <tester@example.net>: Recipient address rejected: User unknown"


def report(
    status: str = "5.1.1",
    diagnostic: str = f"smtp; {UNKNOWN}",
    *,
    action: str = "failed",
    returned: str = f"Content-Type: message/rfc822\n\n{RETURNED_HEADER}\nThe text.\n",
    header: str = "",
    address: str = PEER,
    asked: str = "",
) -> bytes:
    """Give a report as Postfix writes it."""
    original = f"Original-Recipient: rfc822;{asked}\n" if asked else ""
    text = f"""\
Return-Path: <>
Date: Mon, 23 Nov 2026 09:01:00 +0000 (UTC)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: pat@example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
{header}Content-Type: multipart/report; report-type=delivery-status;
\tboundary="AAA.1/mx.example.org"

This is a MIME-encapsulated message.

--AAA.1/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{address}>: host mx.example.net[192.0.2.1] said: {UNKNOWN}

--AAA.1/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4C1
Arrival-Date: Mon, 23 Nov 2026 09:00:01 +0000 (UTC)

Final-Recipient: rfc822; {address}
{original}Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: {diagnostic}

--AAA.1/mx.example.org
Content-Description: Undelivered Message
{returned}
--AAA.1/mx.example.org--
"""
    return text.encode()


EXCHANGE = f"""\
Return-Path: <>
From: Microsoft Outlook <postmaster@example.com>
To: <pat@example.org>
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="b44278a2"
X-MS-Exchange-Message-Is-Ndr:
Message-ID: <267295c3@mail.example.com>
In-Reply-To: {OUR_ID}
References: <share@osync.invalid> {OUR_ID}
Subject: Undeliverable: [OSync] Calendar update
Auto-Submitted: auto-replied
MIME-Version: 1.0

--b44278a2
Content-Type: multipart/alternative; differences=Content-Type; boundary="fa703e28"

--fa703e28
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:

Tester<mailto:{PEER}>
Your message is larger than the size limit for messages.

--fa703e28
Content-Type: text/html; charset="us-ascii"

<p>Delivery has failed</p>

--fa703e28--

--b44278a2
Content-Type: message/delivery-status

Reporting-MTA: dns;mail.example.com
Received-From-MTA: dns;mx.example.com
Arrival-Date: Mon, 23 Nov 2026 09:00:01 +0000

Final-Recipient: rfc822;{PEER}
Action: failed
Status: 5.2.3
Diagnostic-Code: smtp;550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
X-Display-Name: Tester

--b44278a2
Content-Type: message/rfc822

Received: from mx.example.com (192.0.2.1) by mail.example.com
Date: Mon, 23 Nov 2026 09:00:00 +0000
Subject: [OSync] Calendar update
From: Pat <pat@example.org>

--b44278a2--
""".encode()

EXIM = f"""\
Date: Mon, 23 Nov 2026 09:01:00 +0000
Message-Id: <E1P1ceB-000FL1-4q@mx.example.org>
X-Failed-Recipients: {PEER}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: pat@example.org
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {PEER}
    SMTP error from remote mail server after RCPT TO:<{PEER}>:
    host mx.example.net [192.0.2.1]: 550 5.7.0 <{PEER}>: Message rejected as spam

------ This is a copy of the message, including all the headers. ------

Return-path: <pat@example.org>
{RETURNED_HEADER}
The text.
""".encode()

EXIM_LATER = f"""\
X-Failed-Recipients:
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: pat@example.org
Subject: Warning: message 1kZ delayed 24 hours

A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.org.

The message identifier is: {OUR_ID}
Message-ID: {OUR_ID}

The address to which the message has not yet been delivered is:

  {PEER}
    Delay reason: Connection timed out

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated if the message remains delayed.
""".encode()

QMAIL = f"""\
Return-Path: <>
Message-Id: <201407010830@mx.example.org>
Received: (qmail 18904 invoked for bounce); 23 Nov 2026 09:00:02 -0000
Date: 23 Nov 2026 09:00:02 -0000
From: MAILER-DAEMON@mx.example.org
To: pat@example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{PEER}>:
192.0.2.1 does not like recipient.
Remote host said: 550 sorry, no mailbox here by that name
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <pat@example.org>
{RETURNED_HEADER}
The text.
""".encode()

# Gmail leaves the report itself empty if it did not come as far as a server.
GMAIL = f"""\
Return-Path: <>
Content-Type: multipart/report; boundary="000ca2"; report-type=delivery-status
To: pat@example.org
Auto-Submitted: auto-replied
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
Subject: Delivery Status Notification (Failure)
X-Failed-Recipients: {PEER}

--000ca2
Content-Type: multipart/related; boundary="000ca3"

--000ca3
Content-Type: text/plain; charset="UTF-8"

** Message not delivered **

The response was:

Unspecified Error: Smtp server does not advertise AUTH capability

--000ca3--
--000ca2
Content-Type: message/delivery-status


--000ca2
Content-Type: message/rfc822

X-Google-Original-Message-ID: {OUR_ID}
Message-ID: <CAByYQsF5qdTf@mail.gmail.com>
From: <pat@example.org>

--000ca2--
""".encode()

EXCHANGE_5 = f"""\
From: postmaster@example.com
To: pat@example.org
Subject: Undeliverable: [OSync] Calendar update
MIME-Version: 1.0
X-MS-Embedded-Report:
Content-Type: multipart/mixed;
 boundary="----_=_NextPart_000_1"

------_=_NextPart_000_1
Content-Type: text/plain;
 charset="iso-8859-1"

Your message

  To:      {PEER}
  Subject: [OSync] Calendar update

did not reach the following recipient(s):

{PEER} on Mon, 23 Nov 2026 09:00:51 -0500
    The recipient name is not recognized

------_=_NextPart_000_1
Content-Type: message/rfc822

{RETURNED_HEADER}
The text.

------_=_NextPart_000_1--
""".encode()

SENDMAIL = report(
    "5.0.0",
    "SMTP; 552 Message size exceeds fixed maximum message size",
    returned=f"Content-Type: text/rfc822-headers\n\n{RETURNED_HEADER}",
)

VACATION = f"""\
Return-Path: <>
From: Tester <{PEER}>
To: pat@example.org
Subject: Out of office: [OSync] Calendar update
In-Reply-To: {OUR_ID}
References: {OUR_ID}
Auto-Submitted: auto-replied
Precedence: bulk
Content-Type: text/plain

I am away until Monday. In urgent cases write to 550-5.1.1@example.net.
Message-ID: {OUR_ID}
""".encode()

READ_RECEIPT = f"""\
From: Tester <{PEER}>
To: pat@example.org
Subject: Read: [OSync] Calendar update
Content-Type: multipart/report; report-type=disposition-notification; boundary=r

--r
Content-Type: text/plain

The message was displayed.
--r
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {PEER}
Original-Message-ID: {OUR_ID}
Disposition: manual-action/MDN-sent-manually; displayed
--r--
""".encode()
