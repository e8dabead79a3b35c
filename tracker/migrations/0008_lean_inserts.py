"""What an INSERT of entries need not pay for.

Django gives each text key a second index for LIKE. The ids are in the collation "C",
where the primary key itself serves LIKE. And it checks foreign keys at COMMIT, which
costs PostgreSQL more than twice as much for each row as checking them at the end of
the statement; they stay as strict.
"""

from django.db import migrations


#: table -> (index for LIKE, foreign key to the patient)
NAMES = {
    "tracker_painlog": (
        "tracker_painlog_id_8e9daa18_like",
        "tracker_painlog_patient_id_a118f5ad_fk_tracker_patient_id",
    ),
    "tracker_numbnesslog": (
        "tracker_numbnesslog_id_c7df9686_like",
        "tracker_numbnesslog_patient_id_a6e905c7_fk_tracker_patient_id",
    ),
    "tracker_weaknesslog": (
        "tracker_weaknesslog_id_a0f58474_like",
        "tracker_weaknesslog_patient_id_d496bd4c_fk_tracker_patient_id",
    ),
    "tracker_redflagcheck": (
        "tracker_redflagcheck_id_fb3fb81d_like",
        "tracker_redflagcheck_patient_id_d4eb71fa_fk_tracker_patient_id",
    ),
    "tracker_daylog": (
        "tracker_daylog_id_5fd469ad_like",
        "tracker_daylog_patient_id_84ff0cf1_fk_tracker_patient_id",
    ),
}


class Migration(migrations.Migration):
    dependencies = [("tracker", "0007_generations_and_minimum_apps")]

    operations = [
        operation
        for table, (index, key) in NAMES.items()
        for operation in (
            migrations.RunSQL(
                f"DROP INDEX {index}",
                f"CREATE INDEX {index} ON {table} (id text_pattern_ops)",
            ),
            migrations.RunSQL(
                f"ALTER TABLE {table} ALTER CONSTRAINT {key}"
                " DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE {table} ALTER CONSTRAINT {key}"
                " DEFERRABLE INITIALLY DEFERRED",
            ),
        )
    ]
