"""The sums of a family lie side by side; what was counted before is counted again by ``figures.catch_up``."""

import linli.foundation.paths
from django.db import migrations, models


def count_again(apps, _schema_editor):
    for name in ("Counted", "Standing"):
        apps.get_model("figures", name).objects.all().delete()
    apps.get_model("figures", "Progress").objects.exclude(figure="").update(position=0)


class Migration(migrations.Migration):
    dependencies = [("figures", "0001_first")]

    operations = [
        migrations.RunPython(count_again, migrations.RunPython.noop),
        migrations.DeleteModel(name="Rollup"),
        migrations.CreateModel(
            name="Spot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", linli.foundation.paths.PathField(max_length=128)),
                ("parent", linli.foundation.paths.PathField(max_length=128, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["parent"], name="figures_spot_children")],
                "constraints": [models.UniqueConstraint(fields=("path",), name="figures_spot_once")],
            },
        ),
        migrations.CreateModel(
            name="Rollup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.ForeignKey(db_index=False, on_delete=models.deletion.PROTECT, related_name="sums", to="figures.spot")),
                ("day", models.DateField()),
                ("county", models.CharField(max_length=6)),
                ("family", models.CharField(max_length=32)),
                ("category", models.CharField(max_length=64)),
                *((f"v{column}", models.BigIntegerField(null=True)) for column in range(1, 33)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("place", "family", "day", "category", "county"), name="figures_rollup_cell")],
            },
        ),
    ]
