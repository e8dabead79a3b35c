from django.db import migrations


# An instant with the offset that the phone sent, as Python's isoformat() writes it:
# microseconds only when there are any. Sync replies are built in the database, so
# that no row becomes an object on its way out. STABLE, as to_char is, so that the
# planner puts the expression into the query instead of calling a function a row.
CREATE = """
CREATE FUNCTION rfc3339(at timestamptz, offset_minutes integer) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURN
    to_char(
        (at AT TIME ZONE 'UTC') + make_interval(mins => offset_minutes),
        CASE WHEN extract(microseconds FROM at)::bigint % 1000000 = 0
             THEN 'YYYY-MM-DD"T"HH24:MI:SS' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US' END
    )
    || CASE WHEN offset_minutes < 0 THEN '-' ELSE '+' END
    || to_char(make_interval(mins => abs(offset_minutes)), 'HH24:MI')
"""


class Migration(migrations.Migration):
    """Adds the function that writes instants for phones."""

    dependencies = [("tracker", "0001_initial")]

    operations = [
        migrations.RunSQL(
            CREATE, "DROP FUNCTION rfc3339(timestamptz, integer)"
        ),
    ]
