"""Explanations of the checks: the suite that looks for a violation first, and why the rule matters."""

from __future__ import annotations

from storepact.model.outcome import STORE, SUITES
from storepact.model.values import lean_value


@lean_value(frozen=True)
class Explanation:
    """Why a check exists."""

    suite: str
    """The suite that is made to find violations; exchanges of other suites are judged by the check, too."""
    why: str
    """What goes wrong for users of the API where the rule is broken: one sentence."""


@lean_value(frozen=True)
class CheckExample:
    """How a violation of a check looks in one API. A family has one for each check."""

    fault: str
    """The fault of the mock that no other check detects; empty where no exchange is judged."""
    operation: str
    """The operation of the finding."""
    message: str
    """The message of the finding."""
    decisions: tuple[str, ...]
    """The decisions about the API that the rule follows from, such as D27."""


_DOCUMENT, _PACTS, _LIFECYCLE, _PROTECTION, _CONFORMANCE = SUITES

#: The explanation of each check, by its code.
EXPLANATIONS = {
    "SP101": Explanation(
        _CONFORMANCE,
        "A client cannot tell a request that can never succeed from an outage, and sends it again and again.",
    ),
    "SP102": Explanation(
        _CONFORMANCE,
        "Generated clients raise an exception, or return nothing, at a status that they have no code for.",
    ),
    "SP103": Explanation(
        _CONFORMANCE,
        "Clients choose their parser by the content type: with a wrong one, correct data cannot be read.",
    ),
    "SP104": Explanation(
        _CONFORMANCE,
        "Typed clients refuse the whole response when one member is missing or has the wrong type.",
    ),
    "SP105": Explanation(
        _CONFORMANCE,
        "A new member is the first sign that the API is about to change, and strict clients refuse it.",
    ),
    "SP106": Explanation(
        _CONFORMANCE,
        "A body that is absent, or no JSON, makes a client fail after the provider has done the work.",
    ),
    "SP107": Explanation(
        _CONFORMANCE,
        "A client that reads a malformed header waits for a wrong time, or follows a wrong address.",
    ),
    "SP108": Explanation(
        _CONFORMANCE,
        "A client that reads `Allow` to find out what it may do is sent to verbs that do not work.",
    ),
    "SP109": Explanation(
        _CONFORMANCE,
        "Programs branch on the code of an error, not on its text: a wrong code starts the wrong remedy.",
    ),
    "SP110": Explanation(
        _CONFORMANCE,
        "Stack traces, queries and paths help an attacker, and end up in the logs of every client.",
    ),
    "SP111": Explanation(
        _PROTECTION,
        "Without them a client cannot know how long to wait: it gives up, or makes the overload worse.",
    ),
    "SP112": Explanation(
        _PROTECTION,
        "A client that paces itself by these numbers runs into refusals when they are wrong.",
    ),
    "SP113": Explanation(
        _PROTECTION,
        "A browser discards a response without this header, so that a web application fails here and there.",
    ),
    "SP201": Explanation(
        _CONFORMANCE,
        "A refused valid request is work that a consumer cannot do, though the documents promise it.",
    ),
    "SP202": Explanation(
        _CONFORMANCE,
        "Accepted nonsense is stored, and fails later, far away from the mistake that caused it.",
    ),
    "SP203": Explanation(
        _PROTECTION,
        "Every client that reaches the server can read or change the configuration of every customer.",
    ),
    "SP204": Explanation(
        _PROTECTION,
        "Read-only tokens are handed out widely: if they can write, so can everyone who holds one.",
    ),
    "SP205": Explanation(
        _PROTECTION,
        "Clients that never agreed to a beta API come to depend on it, and break when it changes.",
    ),
    "SP206": Explanation(
        _CONFORMANCE,
        "A verb that is accepted and does nothing makes a client go on as if its change was made.",
    ),
    "SP207": Explanation(
        _CONFORMANCE,
        "The status decides what a client does next: create anew, correct the request, ask for permission.",
    ),
    "SP301": Explanation(
        _PROTECTION,
        "A secret in a response reaches caches, logs and screens, and has to be replaced everywhere.",
    ),
    "SP302": Explanation(
        _PROTECTION,
        "A team reads or changes what belongs to another one, and test data mixes with production.",
    ),
    "SP303": Explanation(
        _PROTECTION,
        "User interfaces offer or hide actions by this member: a wrong entry is a button that fails or is "
        "missing.",
    ),
    "SP401": Explanation(
        _PACTS,
        "This consumer was tested against exactly that response: with another one it fails in production.",
    ),
    "SP402": Explanation(
        _DOCUMENT,
        "A provider can follow the document to the letter and still break a consumer that relies on more.",
    ),
    "SP501": Explanation(
        _DOCUMENT,
        "Clients, mocks and all other checks are made from the document: its mistakes are theirs.",
    ),
    "SP601": Explanation(
        _LIFECYCLE,
        "A value that was changed in silence, such as a host's name, leads to the wrong place or to none.",
    ),
    "SP602": Explanation(
        _LIFECYCLE,
        "A client that reads its own write and gets the old state writes again, or reports a false failure.",
    ),
    "SP603": Explanation(
        _LIFECYCLE,
        "Tools reconcile by the list: what it lacks is created twice, what it invents cannot be deleted.",
    ),
    "SP604": Explanation(
        _LIFECYCLE,
        "A resource that outlives its delete goes on working unnoticed, with credentials that seem gone.",
    ),
    "SP605": Explanation(
        _LIFECYCLE,
        "A client that gets an error repeats its request or gives up, and in both cases half a change stays.",
    ),
    "SP606": Explanation(
        _LIFECYCLE,
        "Optimistic locking compares versions: a wrong count refuses good updates, or lets one undo another.",
    ),
    "SP607": Explanation(
        _LIFECYCLE,
        "Clients address a resource by its id and place: if these move, the next request hits another one.",
    ),
    "SP608": Explanation(
        _PROTECTION,
        "Clients that follow links, as they are meant to, end at a 404 or at a resource of another customer.",
    ),
    "SP609": Explanation(
        _LIFECYCLE,
        "A precondition is how a client avoids overwriting a newer state: ignored, it loses data in silence.",
    ),
    "SP610": Explanation(
        _LIFECYCLE,
        "Tools write back what they have read: if that replaces the password, nothing can log in.",
    ),
    "SP611": Explanation(
        _LIFECYCLE,
        "A change to one resource also changes another one, where no client expects a change.",
    ),
    "SP612": Explanation(
        _PROTECTION,
        "Two clients that both got a success cannot both be right: one of the changes was lost.",
    ),
    "SP613": Explanation(
        _LIFECYCLE,
        "A client that leaves a member out relies on the documented default, such as staying switched off.",
    ),
    "SP701": Explanation(
        STORE,
        "Writes fail, or memberships disappear when memory is full, and nothing says so to the application.",
    ),
    "SP702": Explanation(
        STORE,
        "The resource is accepted and then cannot synchronize, or SDKs cannot read what it has written.",
    ),
    "SP703": Explanation(
        STORE,
        "Without its time of synchronization an SDK calls the store stale, and the writer cannot tell what is"
        " next.",
    ),
    "SP704": Explanation(
        STORE, "A time in seconds is a day in January 1970 to an SDK, so that the store is stale for ever."
    ),
    "SP705": Explanation(
        STORE, "Contexts that joined or left a segment since then are evaluated as they were before."
    ),
    "SP706": Explanation(STORE, "An SDK that reads a set and gets another type fails at every evaluation."),
    "SP707": Explanation(
        STORE, "An SDK asks for the hash of a context key: memberships under another name are never read."
    ),
    "SP708": Explanation(
        STORE, "An SDK compares whole references: one without a generation matches no segment of a flag."
    ),
    "SP709": Explanation(
        STORE, "Data of another writer below one prefix is overwritten, or hides that the layout has changed."
    ),
    "SP710": Explanation(
        STORE,
        "A context that is missing in a segment, or in it by mistake, gets the wrong variation of a flag.",
    ),
    "SP711": Explanation(
        STORE,
        "A writer goes on from the version in the store: with a wrong one it leaves out changes for ever.",
    ),
    "SP712": Explanation(
        STORE, "Two writers of one store mix their changes, and the version fits neither of them."
    ),
    "SP713": Explanation(
        STORE,
        "A writer that dies leaves half of a change, which is never completed: the version says that it is "
        "done.",
    ),
    "SP714": Explanation(
        STORE,
        "`_status` is what operators watch: an outage stays unnoticed, or a sound store is repaired.",
    ),
    "SP715": Explanation(
        STORE, "Another user of the store finds it overwritten after the switch, or finds data deleted."
    ),
}
