"""Each socket, each kind of user: who may connect, look and change."""

from booted import BootedTest
from machine import ctl, run

# Who, and whether they may: open client.sock, open worker.sock, look, change.
TABLE = """
passerby  no   no   no   no
client    yes  no   yes  no
worker    no   yes  no   no
admin     no   no   yes  yes
root      yes  yes  yes  yes
"""
CONNECT = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
NOT_FOR_THIS_USER = 77


class Permissions(BootedTest):
    def test_everybody_may_do_what_their_groups_say_and_no_more(self) -> None:
        ctl("set", "gpu_queue", "concurrency_limit=1")
        for row in TABLE.split("\n"):
            if not row:
                continue
            user, *expected = row.split()
            with self.subTest(user):
                found = [
                    self.opens("client", user),
                    self.opens("worker", user),
                    self.may("queues", user=user),
                    self.may("set", "gpu_queue", "concurrency_limit=2", user=user),
                ]
                self.assertEqual(found, expected, "client.sock, worker.sock, look, change")

    def test_who_may_not_is_told_which_group_may(self) -> None:
        told = ctl("queues", user="passerby", ok=False)
        self.assertIn("for root and the group sluice.", told.err)
        told = ctl("pause", "--daemon", user="client", ok=False)
        self.assertIn("for root and the group sluice-admin.", told.err)
        told = ctl("submit", "caption", "a", user="passerby", ok=False)
        self.assertEqual(told.status, NOT_FOR_THIS_USER, told)
        self.assertIn("for root and the group sluice.", told.err)

    def opens(self, name: str, user: str) -> str:
        path = f"/run/sluice/{name}.sock"
        done = run("python3", "-c", CONNECT, path, user=user, ok=False)
        if done.status == 0:
            return "yes"
        self.assertIn("PermissionError", done.err)
        return "no"

    def may(self, *words: str, user: str) -> str:
        done = ctl(*words, user=user, ok=False)
        self.assertIn(done.status, (0, NOT_FOR_THIS_USER), done)
        return "yes" if done.status == 0 else "no"
