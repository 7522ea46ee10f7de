"""Trait 12 (facts C; Microsoft, "Protected Properties and Methods"): with the guard denying, protected members are refused."""

import pytest
from outlook.application import CALENDAR, FakeOutlook


@pytest.mark.parametrize("member", ["Body", "PropertyAccessor"])
def test_the_guard_keeps_the_protected_members_of_events(member: str) -> None:
    outlook = FakeOutlook()
    event = outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR).Items.Add(1)
    event.Subject = "Lunch"
    event.Save()
    outlook.guard_denies = True
    assert event.Subject == "Lunch"
    with pytest.raises(Exception, match="Operation aborted") as caught:
        getattr(event, member)
    assert isinstance(caught.value.args[0], int)
