"""What the hub does by night, in the zone of its programs: points that become available, points that expire, tiers.

Every one of them is an event of the hub itself (:mod:`sync.hub.office`) whose id follows from the member and the day,
so that a night that is begun twice, by two workers or after a crash, does nothing twice. Allowances are no events, for
nothing has happened: what is to be done about them is seen from how they stand, under the locks.
"""
