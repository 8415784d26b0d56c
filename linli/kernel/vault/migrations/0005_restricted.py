from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0004_erased_is_empty'),
    ]

    operations = [
        migrations.AddField('record', 'restricted_at', models.DateTimeField(null=True)),
        migrations.AddField('record', 'restricted_why', models.CharField(max_length=24, null=True)),
        migrations.AddField('record', 'restricted_for', models.UUIDField(null=True)),
        migrations.AddField('record', 'restricted_until', models.DateTimeField(null=True)),
        migrations.AddIndex(
            'record',
            models.Index(
                condition=models.Q(('restricted_for__isnull', False)),
                fields=['restricted_for'],
                name='vault_record_restricted',
            ),
        ),
    ]
