from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0003_schedule_succeeded_at'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
    ]
