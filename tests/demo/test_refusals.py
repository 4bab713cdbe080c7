"""Nothing of the demonstration outside of one."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("command", ["load_demo", "demo_accounts"])
def test_outside_a_demonstration_both_commands_refuse(settings, command):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO"):
        call_command(command, stdout=StringIO())

    assert not User.objects.exists()


def test_accounts_of_a_demonstration_that_was_not_loaded_are_not_listed():
    with pytest.raises(CommandError, match=r"Run manage\.py load_demo first"):
        call_command("demo_accounts", stdout=StringIO())
