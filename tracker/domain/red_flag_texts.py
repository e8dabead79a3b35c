"""What the red-flag rules say to a patient and to a clinician.

Plain words for a reading age of 9 to 11; what to do and by when; never which
treatment. The texts hold no patient data, so that they may be published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


#: Ends every emergency text. A test demands it.
EMERGENCY_ENDING: Final = (
    "Go to the nearest emergency department now, or call your local emergency "
    "number. Do not drive yourself. Do not wait for a reply: nobody watches this "
    "app all day. Show this screen when you get there."
)
#: Ends every urgent text: what to do when it gets worse before anybody called.
WORSE_ENDING: Final = (
    "Three things cannot wait: less feeling between your legs, a change in passing "
    "urine or stool, or a leg that gets weaker. For any of them, go to the nearest "
    "emergency department now or call your local emergency number. Nobody watches "
    "this app all day."
)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One finding in words: for the patient, and short for the clinician."""

    title: str
    text: str
    clinician_text: str


CAUDA_EQUINA: Final = Wording(
    title="You need emergency care now",
    text=(
        "Your answers can be signs of a rare emergency: the nerves to your bladder, "
        "bowel and legs may be squeezed. It may turn out to be something else, but "
        "it must be checked today, because the harm can be lasting. " + EMERGENCY_ENDING
    ),
    clinician_text=(
        "Cauda equina screen positive. Check items, onset, both legs, last self-tests, "
        "opioids and anticholinergics. A normal bladder scan does not exclude it. "
        "GIRFT: MRI within 4 hours of the request."
    ),
)
SEXUAL_FUNCTION_ONLY: Final = Wording(
    title="You need emergency care now",
    text=(
        "You told us about a change in sexual function. Sometimes this is the first "
        "sign that the nerves at the bottom of your back are squeezed. It must be "
        "checked today. Please also call your clinic today. " + EMERGENCY_ENDING
    ),
    clinician_text=(
        "Isolated change in erection or ejaculation; every other cauda equina item is "
        "answered no. Unlikely to be cauda equina syndrome by itself (GIRFT, criterion "
        "5). The patient has been told to go to emergency care. Telephone today."
    ),
)
CAUDA_EQUINA_UNCLEAR: Final = Wording(
    title="We need to ask you more today",
    text=(
        "You told us about both legs, or some safety questions have no answer while a "
        "leg is weaker or you take a new strong pain medicine. Please answer the questions about bladder, bowel and feeling "
        "between your legs again now. Nobody will find your answers strange. Then "
        "call your clinic today and ask to go through them by phone. " + WORSE_ENDING
    ),
    clinician_text=(
        "Symptoms in both legs, two or more cauda equina items unanswered with a drop "
        "in power, or a bladder item unanswered on a new opioid. Telephone today and "
        "go through the cauda equina questions."
    ),
)
SADDLE_UNASKED: Final = Wording(
    title="Please answer the safety questions now",
    text=(
        "You marked numbness between your legs or close by. Please answer the questions "
        "about bladder, bowel and feeling between your legs now. Nobody will find your "
        "answers strange. If you would rather speak to somebody, call your clinic today "
        "and ask to go through them by phone. " + WORSE_ENDING
    ),
    clinician_text=(
        "Numbness of the saddle on the body map without a safety check. The patient has "
        "been asked to answer the cauda equina questions now."
    ),
)
SADDLE_UNANSWERED: Final = Wording(
    title="We need to ask you more today",
    text=(
        "You marked numbness between your legs or close by, and some safety questions "
        "have no answer. Please answer the questions about bladder, bowel and feeling "
        "between your legs again now. Nobody will find your answers strange. Then "
        "call your clinic today and ask to go through them by phone. " + WORSE_ENDING
    ),
    clinician_text=(
        "Numbness of the saddle on the body map, and the questions about it left open. "
        "Telephone today and go through the cauda equina questions."
    ),
)
BOTH_LEGS_WEAKER: Final = Wording(
    title="You need emergency care now",
    text=(
        "Your strength tests have dropped in both legs. This can be a sign of a rare "
        "emergency of the nerves in your back. It must be checked today. "
        + EMERGENCY_ENDING
    ),
    clinician_text=(
        "Self-tests down on both legs within 7 days (GIRFT criterion 3). Suspect cauda "
        "equina or cord compression; ask about hands, chest band and walking."
    ),
)
LEG_DROPPED: Final = Wording(
    title="Your leg test has dropped a lot: get help now",
    text=(
        "Your foot or leg is much weaker than it should be. A nerve may be losing its "
        "power, and it needs to be examined within 24 hours. Call your clinic now and "
        "say so. If you have not talked to a person within one hour, do not wait any "
        "longer. " + EMERGENCY_ENDING
    ),
    clinician_text=(
        "Confirmed severe drop of a self-test (likely MRC 3 or less). Contact today, "
        "examine within 24 hours. Note hours since onset (72-hour clock), diabetes, "
        "pain at the time of the test."
    ),
)
REPEAT_TEST: Final = Wording(
    title="Please repeat your leg test now",
    text=(
        "One of your leg tests came out much lower than it should. Rest for two "
        "minutes, hold on to something steady, and do the same test again now. Write "
        "down the new result, whatever it is. If you cannot repeat it, or it does not "
        "feel safe, call your clinic today. " + WORSE_ENDING
    ),
    clinician_text=(
        "Severe drop of a self-test, not confirmed. The patient has been asked to "
        "repeat it now; a second low result raises R05 as an emergency."
    ),
)
OTHER_LEG_UNTESTED: Final = Wording(
    title="Please test your other leg now",
    text=(
        "One of your leg tests is very low. Rest for two minutes, hold on to something "
        "steady, and do the same test with the other leg now. Write down the result, "
        "whatever it is. If the low leg became weak in the last two weeks, call your "
        "clinic today and say so. " + WORSE_ENDING
    ),
    clinician_text=(
        "First self-tests of one leg severely weak (likely MRC 3 or less), the other not "
        "tested. The patient has been asked to: a clear difference is an emergency (R05), "
        "no test within a day urgent. Recording the weakness in an examination ends it."
    ),
)
TEST_UNSAFE: Final = Wording(
    title="A leg test is no longer safe: call your clinic today",
    text=(
        "You could do this leg test before, and now you wrote more than once that it "
        "is not safe. Do not try it again alone. Your leg may have become weaker, and "
        "somebody should look at it. Call your clinic today and say so. " + WORSE_ENDING
    ),
    clinician_text=(
        "A self-test that the leg could do is left out as unsafe, twice at least 12 "
        "hours apart. Suspect new weakness: telephone today, examine within 24 hours. "
        "Ask about giddiness and other reasons, too."
    ),
)
SLAP_UNTESTED: Final = Wording(
    title="Please do the heel-walk test now",
    text=(
        "You wrote that your foot slaps the ground when you walk. Hold on to something "
        "steady and do the heel-walk test with each foot now. Write down the result, "
        "whatever it is. If you cannot do it, or it does not feel safe, call your "
        "clinic today. " + WORSE_ENDING
    ),
    clinician_text=(
        "The foot newly slaps, and no heel walk was reported in the 48 hours before or "
        "since. The patient has been asked to do it now; a low one raises R05 as an "
        "emergency, none within a day R05 as urgent."
    ),
)
AFTER_PROCEDURE: Final = Wording(
    title="You need emergency care now",
    text=(
        "You had a treatment on your back not long ago, and now there is a new sign "
        "from your nerves. This must be checked at once. Call the team that treated "
        "you and say so, on the way. " + EMERGENCY_ENDING
    ),
    clinician_text=(
        "New deficit or cauda equina item within 30 days of an operation or 7 days of "
        "an injection: haematoma, re-herniation, infection. Call the treating team; "
        "emergency imaging."
    ),
)
FEVER_AFTER_PROCEDURE: Final = Wording(
    title="You need medical advice today",
    text=(
        "You had a treatment on your back not long ago, and now you have a fever or "
        "chills. Call the team that treated you today and tell them. Also tell them "
        "about a wound that is red or wet, and about a headache that gets worse when "
        "you sit up. " + WORSE_ENDING
    ),
    clinician_text=(
        "Fever or rigors within the window after an operation or injection. Same day: "
        "wound, discitis, epidural abscess, meningitis. Wound and postural headache "
        "are not asked for in the diary; ask."
    ),
)
VASCULAR_EMERGENCY: Final = Wording(
    title="You need emergency care now",
    text=(
        "Chest pain, being short of breath, or a cold or pale foot can mean a problem "
        "with your heart, lungs or blood flow. This is not likely to come from the "
        "nerve in your back, and it must be checked at once. " + EMERGENCY_ENDING
    ),
    clinician_text=(
        "Chest pain, breathlessness or a cold, pale foot. Exclude pulmonary embolism, "
        "acute coronary syndrome and acute limb ischaemia."
    ),
)
VASCULAR_URGENT: Final = Wording(
    title="One swollen leg needs a check today",
    text=(
        "A calf that is swollen on one side can mean a blood clot. It needs to be "
        "checked today. Call your clinic or your doctor now and ask to be seen today. "
        "If nobody can see you today, go to an emergency department. If you get chest "
        "pain or become short of breath, call your local emergency number at once. "
        "Nobody watches this app all day."
    ),
    clinician_text=(
        "One-sided calf swelling: assess for deep-vein thrombosis today (Wells score; "
        "a weak leg scores a point by itself). Not radicular."
    ),
)
SYSTEMIC_EMERGENCY: Final = Wording(
    title="You need emergency care now",
    text=(
        "Fever, new pain at night, losing weight or an injury, together with signs "
        "from your nerves, must be checked at once. " + EMERGENCY_ENDING
    ),
    clinician_text=(
        "Systemic red flag or injury together with neurological signs. Suspect spinal "
        "infection, metastatic cord compression or fracture; emergency imaging."
    ),
)
SYSTEMIC_URGENT: Final = Wording(
    title="You need medical advice today",
    text=(
        "Fever, new pain at night, losing weight without trying, or an injury can have "
        "another cause than a pinched nerve. Often it is harmless. But call your "
        "clinic or your doctor today and tell them. " + WORSE_ENDING
    ),
    clinician_text=(
        "Screen within 24 hours for spinal infection, cancer and fracture: history of "
        "cancer, immune suppression, injections, steroids, age over 70, trauma."
    ),
)
