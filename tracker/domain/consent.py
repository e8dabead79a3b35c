"""The text that a patient agrees to, and its version."""

from __future__ import annotations

from typing import Final


#: Changes with every change of the text; a patient agrees to one version.
VERSION: Final = "2026-11-23"

TEXT: Final = """\
You keep a diary of pain, numbness, weakness and warning signs in an app. The diary \
is sent to your clinic, where Rootwatch compares it with your own earlier days and \
tells your care team when something gets worse.

What is kept: what you write in the diary, your name, birth year, sex, telephone \
number and emergency contact, and what your clinicians record about your treatment. \
Every earlier version of an entry is kept too.

Who sees it: you, the people to whom you give a code, the clinicians of your care team, \
and the administrators of your clinic. Nobody else, and it is never sold. If you move to \
another clinic with its invitation, that clinic sees it, and the one before no longer does.

What it is not: nobody watches your diary day and night. If you cannot pass urine, \
lose feeling between your legs, or a foot suddenly drops, do not wait for an answer \
from the app: call your local emergency number.

You may withdraw this consent at any time in the app. From then on nobody reads your \
diary, nothing is compared and nobody is alerted; what was found before is still seen to. \
What your phone sends is kept sealed until you agree again. Your clinic will be told, and \
your treatment will not suffer from it.
"""
