"""When an entry happened, by a right clock: a column of its own, filled for all there is.

Filled by a change of type, since an UPDATE would write a revision of each entry, and
revisions may not be changed.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


LOGS = ("daylog", "numbnesslog", "painlog", "redflagcheck", "weaknesslog")
TABLES = (*LOGS, *(f"{log}event" for log in LOGS))
#: Only a clock that is ahead is certain: one behind may be a push that lay about.
CORRECTED = "clock_offset_ms >= 86400000"
RIGHT = "recorded_at - clock_offset_ms * interval '1 millisecond'"
FILL = """
    ALTER TABLE tracker_{table}
        ALTER COLUMN happened_at TYPE timestamptz USING
            CASE WHEN clock_suspect THEN received_at
                 WHEN {corrected} THEN {right}
                 ELSE recorded_at END,
        ALTER COLUMN local_day TYPE date USING
            CASE WHEN {corrected} AND NOT clock_suspect
                 THEN (({right}) AT TIME ZONE 'UTC'
                       + recorded_offset_minutes * interval '1 minute')::date
                 ELSE local_day END,
        ALTER COLUMN happened_at SET NOT NULL
"""


def happened_at(null):
    return models.DateTimeField(
        help_text="recorded_at by a right clock: corrected, or received_at if suspect.",
        null=null,
    )


class Migration(migrations.Migration):
    dependencies = [("tracker", "0018_sealed_context")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='daylog',
            name='keep_revision',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='numbnesslog',
            name='keep_revision',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='painlog',
            name='keep_revision',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='redflagcheck',
            name='keep_revision',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='weaknesslog',
            name='keep_revision',
        ),
        migrations.RemoveIndex(model_name="weaknesslog", name="weakness_log_by_test"),
        *(
            migrations.AddField(table, "happened_at", happened_at(null=True))
            for table in TABLES
        ),
        migrations.RunSQL(
            [
                FILL.format(table=table, corrected=CORRECTED, right=RIGHT)
                for table in TABLES
            ],
            migrations.RunSQL.noop,
            state_operations=[
                operation
                for table in TABLES
                for operation in (
                    migrations.AlterField(
                        table, "happened_at", happened_at(null=False)
                    ),
                    migrations.AlterField(
                        table,
                        "local_day",
                        models.DateField(
                            help_text="The patient's day of happened_at."
                        ),
                    ),
                )
            ],
        ),
        migrations.AddIndex(
            model_name="weaknesslog",
            index=models.Index(
                fields=["patient", "side", "test", "happened_at"],
                name="weakness_log_by_test",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='daylog',
            trigger=pgtrigger.compiler.Trigger(name='keep_revision', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tracker_daylogevent" ("app_version", "client_hash", "clock_offset_ms", "clock_suspect", "day", "device_id", "falls", "foot_slap", "happened_at", "id", "knee_gave_way", "local_day", "longest_sitting_minutes", "lumbar_support", "medications_taken", "note", "patient_id", "peg_activity", "peg_enjoyment", "peg_pain", "pgh_created_at", "pgh_label", "pgh_obj_id", "received_at", "recorded_at", "recorded_by_id", "recorded_offset_minutes", "relief_leaning_forward", "relief_on_sitting", "revision", "seq", "sitting_minutes", "sleep_quality", "steps", "trips", "walk_minutes_before_stopping", "weight_kg", "withdrawn_at") SELECT old_values."app_version", old_values."client_hash", old_values."clock_offset_ms", old_values."clock_suspect", old_values."day", old_values."device_id", old_values."falls", old_values."foot_slap", old_values."happened_at", old_values."id", old_values."knee_gave_way", old_values."local_day", old_values."longest_sitting_minutes", old_values."lumbar_support", old_values."medications_taken", old_values."note", old_values."patient_id", old_values."peg_activity", old_values."peg_enjoyment", old_values."peg_pain", NOW(), \'revised\', old_values."id", old_values."received_at", old_values."recorded_at", old_values."recorded_by_id", old_values."recorded_offset_minutes", old_values."relief_leaning_forward", old_values."relief_on_sitting", old_values."revision", old_values."seq", old_values."sitting_minutes", old_values."sleep_quality", old_values."steps", old_values."trips", old_values."walk_minutes_before_stopping", old_values."weight_kg", old_values."withdrawn_at" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='f00c971e9014441beb36b36722e090a454017203', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_keep_revision_99d11', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tracker_daylog', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numbnesslog',
            trigger=pgtrigger.compiler.Trigger(name='keep_revision', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tracker_numbnesslogevent" ("app_version", "client_hash", "clock_offset_ms", "clock_suspect", "constant", "device_id", "happened_at", "id", "intensity", "kind", "local_day", "note", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received_at", "recorded_at", "recorded_by_id", "recorded_offset_minutes", "regions", "revision", "seq", "side", "withdrawn_at") SELECT old_values."app_version", old_values."client_hash", old_values."clock_offset_ms", old_values."clock_suspect", old_values."constant", old_values."device_id", old_values."happened_at", old_values."id", old_values."intensity", old_values."kind", old_values."local_day", old_values."note", old_values."patient_id", NOW(), \'revised\', old_values."id", old_values."received_at", old_values."recorded_at", old_values."recorded_by_id", old_values."recorded_offset_minutes", old_values."regions", old_values."revision", old_values."seq", old_values."side", old_values."withdrawn_at" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='75b1d7a367d418e47d3077fce4abdff961ad8d67', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_keep_revision_eb155', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tracker_numbnesslog', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='painlog',
            trigger=pgtrigger.compiler.Trigger(name='keep_revision', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tracker_painlogevent" ("app_version", "client_hash", "clock_offset_ms", "clock_suspect", "device_id", "happened_at", "id", "intensity", "local_day", "note", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "qualities", "received_at", "recorded_at", "recorded_by_id", "recorded_offset_minutes", "regions", "relievers", "revision", "seq", "side", "site", "triggers", "withdrawn_at", "worst") SELECT old_values."app_version", old_values."client_hash", old_values."clock_offset_ms", old_values."clock_suspect", old_values."device_id", old_values."happened_at", old_values."id", old_values."intensity", old_values."local_day", old_values."note", old_values."patient_id", NOW(), \'revised\', old_values."id", old_values."qualities", old_values."received_at", old_values."recorded_at", old_values."recorded_by_id", old_values."recorded_offset_minutes", old_values."regions", old_values."relievers", old_values."revision", old_values."seq", old_values."side", old_values."site", old_values."triggers", old_values."withdrawn_at", old_values."worst" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='591ec0e2a946ff487e0c828827b9cd614e379b7f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_keep_revision_cd0aa', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tracker_painlog', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='redflagcheck',
            trigger=pgtrigger.compiler.Trigger(name='keep_revision', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tracker_redflagcheckevent" ("app_version", "bladder_fullness_unknown", "both_legs", "calf_swollen_one_side", "cannot_feel_bowel", "cannot_feel_urine", "chest_pain_or_breathless", "client_hash", "clock_offset_ms", "clock_suspect", "cold_or_pale_foot", "device_id", "erection_ejaculation_change", "fever_or_rigors", "genital_sensation_loss", "happened_at", "hard_to_start_urinating", "hard_to_stop_urinating", "id", "local_day", "new_night_pain", "note", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received_at", "recent_injury", "recorded_at", "recorded_by_id", "recorded_offset_minutes", "revision", "saddle_anal_numbness", "saddle_genital_numbness", "seq", "stool_leak", "unexplained_weight_loss", "urine_leak", "wiping_feels_different", "withdrawn_at") SELECT old_values."app_version", old_values."bladder_fullness_unknown", old_values."both_legs", old_values."calf_swollen_one_side", old_values."cannot_feel_bowel", old_values."cannot_feel_urine", old_values."chest_pain_or_breathless", old_values."client_hash", old_values."clock_offset_ms", old_values."clock_suspect", old_values."cold_or_pale_foot", old_values."device_id", old_values."erection_ejaculation_change", old_values."fever_or_rigors", old_values."genital_sensation_loss", old_values."happened_at", old_values."hard_to_start_urinating", old_values."hard_to_stop_urinating", old_values."id", old_values."local_day", old_values."new_night_pain", old_values."note", old_values."patient_id", NOW(), \'revised\', old_values."id", old_values."received_at", old_values."recent_injury", old_values."recorded_at", old_values."recorded_by_id", old_values."recorded_offset_minutes", old_values."revision", old_values."saddle_anal_numbness", old_values."saddle_genital_numbness", old_values."seq", old_values."stool_leak", old_values."unexplained_weight_loss", old_values."urine_leak", old_values."wiping_feels_different", old_values."withdrawn_at" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='7a7b239357593c1f8435ec7e49dcb4e65906257b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_keep_revision_ccbfe', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tracker_redflagcheck', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='weaknesslog',
            trigger=pgtrigger.compiler.Trigger(name='keep_revision', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tracker_weaknesslogevent" ("app_version", "client_hash", "clock_offset_ms", "clock_suspect", "device_id", "felt_weakness", "happened_at", "id", "local_day", "not_done_reason", "note", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received_at", "recorded_at", "recorded_by_id", "recorded_offset_minutes", "repeat_score", "revision", "score", "seq", "side", "test", "withdrawn_at") SELECT old_values."app_version", old_values."client_hash", old_values."clock_offset_ms", old_values."clock_suspect", old_values."device_id", old_values."felt_weakness", old_values."happened_at", old_values."id", old_values."local_day", old_values."not_done_reason", old_values."note", old_values."patient_id", NOW(), \'revised\', old_values."id", old_values."received_at", old_values."recorded_at", old_values."recorded_by_id", old_values."recorded_offset_minutes", old_values."repeat_score", old_values."revision", old_values."score", old_values."seq", old_values."side", old_values."test", old_values."withdrawn_at" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='a30e64ea3b26a210e24b6d61d223106f48dc3799', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_keep_revision_426ee', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tracker_weaknesslog', when='AFTER')),
        ),
    ]
