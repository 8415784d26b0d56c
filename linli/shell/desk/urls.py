from __future__ import annotations

from django.urls import path

from linli.shell.desk.views import case, inbox, new, places, qr, read_log, reading, register, rules
from linli.shell.desk.views import map as maps

app_name = "desk"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("cases", register.register, name="register"),
    path("cases/<uuid:case_id>", case.case, name="case"),
    path("cases/<uuid:case_id>/open", case.reveal, name="open"),
    path("cases/<uuid:case_id>/card", case.card, name="card"),
    path("cases/<uuid:case_id>/reads", case.reads, name="reads"),
    path("cases/<uuid:case_id>/<slug:step>", case.take, name="take"),
    path("new", new.new, name="new"),
    path("rules", rules.listed, name="rules"),
    path("rules/<uuid:rule_id>", rules.version, name="rule_version"),
    path("rules/proposals/<uuid:proposal_id>/approve", rules.approve, name="rule_approve"),
    path("rules/proposals/<uuid:proposal_id>/refuse", rules.refuse, name="rule_refuse"),
    path("rules/<str:key>", rules.one, name="rule"),
    path("rules/<str:key>/export", rules.export, name="rule_export"),
    path("rules/<str:key>/propose", rules.propose, name="rule_propose"),
    path("reading", reading.reading, name="reading"),
    path("reading/ask", reading.ask, name="reading_ask"),
    path("reading/log", read_log.read_log, name="read_log"),
    path("reading/log/propose", read_log.propose, name="read_log_propose"),
    path("reading/log/<uuid:purge_id>/<slug:step>", read_log.answer, name="read_log_answer"),
    path("reading/<uuid:allowance_id>/<slug:step>", reading.decide, name="reading_decide"),
    path("qr", qr.sheet, name="qr"),
    path("places", places.own, name="places"),
    path("places/<uuid:place_id>", places.one, name="place"),
    path("places/<uuid:place_id>/facts", places.facts, name="place_facts"),
    path("places/<uuid:place_id>/zones", places.zone, name="place_zone"),
    path("places/<uuid:place_id>/buildings", places.house, name="place_buildings"),
    path("places/<uuid:place_id>/organisations", places.organisation, name="place_organisation"),
    path("map", maps.show, name="map"),
    path("map/outlines", maps.outlines, name="map_outlines"),
    path("map/cases", maps.cases, name="map_cases"),
]
