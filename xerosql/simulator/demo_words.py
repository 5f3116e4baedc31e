"""The words of the demo data: who works where, for whom, on what. All of it is made up."""

from __future__ import annotations

from typing import NamedTuple


class Firm(NamedTuple):
    """A demo organisation. `day_ends` is midnight at its place, as a UTC time of day: deadlines fall on it."""

    name: str
    currency: str
    domain: str
    day_ends: str
    people: list[str]
    projects: list[tuple[str, str, str]]  # contact, name, kind of work


class Step(NamedTuple):
    """A task as it is planned: what it is called, how it is charged, the rate, and an estimate in hours (0: none)."""

    name: str
    charge_type: str
    rate: str
    hours: int


KINDS: dict[str, list[Step]] = {
    "website": [
        Step("Discovery workshop", "FIXED", "1800", 12),
        Step("Sitemap & wireframes", "TIME", "135", 24),
        Step("Visual design", "TIME", "142.5", 40),
        Step("Build: templates", "TIME", "155", 60),
        Step("Build: templates", "TIME", "155", 30),
        Step("Content migration", "TIME", "89.99", 35),
        Step("Accessibility check (WCAG 2.2)", "FIXED", "1250", 10),
        Step("SEO groundwork", "FIXED", "950", 0),
        Step("Project management", "TIME", "120", 20),
        Step("Launch day", "FIXED", "600", 8),
        Step("Bug fixes under warranty", "NON_CHARGEABLE", "0", 0),
    ],
    "brand": [
        Step("Brand audit", "FIXED", "2400", 16),
        Step("Naming", "TIME", "165", 18),
        Step("Logo: first three routes", "FIXED", "3200", 30),
        Step("Logo: refinement", "TIME", "142.5", 16),
        Step("Type & colour", "TIME", "142.5", 14),
        Step('Guidelines ("the book")', "FIXED", "2750.5", 28),
        Step("Stationery", "TIME", "110", 9),
        Step("Signage drawings", "TIME", "118.75", 0),
        Step("Client presentations", "NON_CHARGEABLE", "0", 6),
    ],
    "campaign": [
        Step("Concept", "FIXED", "4500", 30),
        Step("Copywriting", "TIME", "128", 22),
        Step("Photography, day 1", "FIXED", "1950", 9),
        Step("Photography, day 2", "FIXED", "1950", 9),
        Step("Artwork, 15% contingency", "TIME", "125.25", 26),
        Step("Media plan", "TIME", "149.95", 12),
        Step("Social cut-downs", "TIME", "95", 15),
        Step("Reporting", "TIME", "105", 8),
        Step("Pitch work", "NON_CHARGEABLE", "0", 0),
    ],
    "retainer": [
        Step("Monthly planning", "FIXED", "750", 0),
        Step("Updates & small changes", "TIME", "115", 60),
        Step("Newsletter", "TIME", "98.5", 36),
        Step("Analytics review", "TIME", "140", 12),
        Step("On call", "NON_CHARGEABLE", "0", 0),
        Step("Training", "TIME", "130", 0),
    ],
    "report": [
        Step("Editorial plan", "FIXED", "1400", 10),
        Step("Interviews", "TIME", "132", 16),
        Step("Layout", "TIME", "119.9", 45),
        Step("Charts & tables", "TIME", "119.9", 18),
        Step("Proofreading", "TIME", "82.75", 14),
        Step("Print supervision", "FIXED", "880", 6),
        Step("Te reo Māori translation", "FIXED", "2100", 0),
        Step("Internal review", "NON_CHARGEABLE", "0", 4),
    ],
    "idea": [],
}

HARBOUR = Firm(
    "Harbour & Pine Studio",
    "NZD",
    "harbourpine.example",
    "10:59:59",
    [
        "Aroha Tamihana",
        "Ben Castellanos",
        "Chloé Marchetti",
        "Dev Raghunathan",
        "Esther Vaipulu",
        "Finn O'Halloran",
        "Grace Lindqvist",
        "Hēmi Parata",
        "Isla Drummond",
        "Jonas Weidemann",
        "Kiri Matthews",
        "Leo Svensson",
    ],
    [
        ("Tidewater Ferries", "Booking site", "website"),
        ("Tidewater Ferries", "Summer timetable campaign", "campaign"),
        ("Tidewater Ferries", "Care plan 2026", "retainer"),
        ("Tidewater Ferries", "Terminal signage", "brand"),
        ("Kōwhai Early Learning", "New name & identity", "brand"),
        ("Kōwhai Early Learning", "Website refresh", "website"),
        ("Kōwhai Early Learning", "Enrolment drive – term 1", "campaign"),
        ("Bramble & Rook Distillery", "Label range", "brand"),
        ("Bramble & Rook Distillery", "Online shop", "website"),
        ("Bramble & Rook Distillery", "Gin launch", "campaign"),
        ("Bramble & Rook Distillery", "Monthly retainer", "retainer"),
        ("Southern Lakes Regional Council", "Annual report 2025", "report"),
        ("Southern Lakes Regional Council", "Annual report 2026", "report"),
        ("Southern Lakes Regional Council", "Water-saving campaign", "campaign"),
        ("Southern Lakes Regional Council", "Consultation microsite", "website"),
        ("Fernhill Physiotherapy", "Website refresh", "website"),
        ("Fernhill Physiotherapy", "Monthly retainer", "retainer"),
        ("Fernhill Physiotherapy", "Clinic fit-out graphics", "brand"),
        ("Ōtautahi Food Trust", "Annual report 2026", "report"),
        ("Ōtautahi Food Trust", "Winter appeal", "campaign"),
        ("Ōtautahi Food Trust", "Donor site (pro bono 50%)", "website"),
        ("Marlow Architects", "Portfolio site", "website"),
        ("Marlow Architects", "Practice book", "report"),
        ("Marlow Architects", "Care plan 2026", "retainer"),
        ("Greenstone Solar", "Rebrand", "brand"),
        ("Greenstone Solar", "Installer portal", "website"),
        ("Greenstone Solar", "Rooftop campaign", "campaign"),
        ("Greenstone Solar", "Investor report H1", "report"),
        ("Greenstone Solar", "Monthly retainer", "retainer"),
        ("Pukeko Press", "Spring catalogue", "report"),
        ("Pukeko Press", "Author microsites", "website"),
        ("Pukeko Press", "'Tui & Friends' launch", "campaign"),
        ("Waimārie Orchards", "Export packaging", "brand"),
        ("Waimārie Orchards", "Grower newsletter", "retainer"),
        ("Waimārie Orchards", "Trade fair stand", "campaign"),
        ("Northshore Veterinary Group", "Five clinics, one site", "website"),
        ("Northshore Veterinary Group", "Care plan 2026", "retainer"),
        ("Northshore Veterinary Group", "Puppy club", "campaign"),
        ("Larkspur Legal", "Identity", "brand"),
        ("Larkspur Legal", "Website", "website"),
        ("Larkspur Legal", "Annual review", "report"),
        ("Harbour & Pine (internal)", "Own website", "website"),
        ("Harbour & Pine (internal)", "Awards entries", "report"),
        ("Harbour & Pine (internal)", "New business", "campaign"),
        ("Quayside Theatre", "Season brochure", "report"),
        ("Quayside Theatre", "Ticketing site", "website"),
        ("Quayside Theatre", "Autumn season", "campaign"),
        ("Quayside Theatre", "Rooftop bar: 100% idea so far", "idea"),
    ],
)

ELM = Firm(
    "Elm Yard Digital Ltd",
    "GBP",
    "elmyard.example",
    "23:59:59",
    ["Amelia Hartwell", "Callum Reid", "Priya Nair", "Tomasz Zieliński", "Winifred Oyelaran"],
    [
        ("Peak & Dale Walking Holidays", "Route finder", "website"),
        ("Peak & Dale Walking Holidays", "Spring campaign", "campaign"),
        ("St Osyth Housing Association", "Tenants' handbook", "report"),
        ("St Osyth Housing Association", "Website", "website"),
        ("Copper Kettle Bakeries", "Rebrand", "brand"),
        ("Copper Kettle Bakeries", "Support", "retainer"),
        ("Mersey Marine Surveys", "Website", "website"),
        ("Mersey Marine Surveys", "Annual review", "report"),
        ("Lantern Street Cinema", "Membership drive", "campaign"),
        ("Lantern Street Cinema", "Support", "retainer"),
        ("Thistle & Thorn Florists", "Online shop", "website"),
        ("Thistle & Thorn Florists", "Identity", "brand"),
        ("Elm Yard (internal)", "Time off & training", "idea"),
    ],
)

JUNIPER = Firm(
    "Juniper Row Design, Inc.",
    "USD",
    "juniperrow.example",
    "06:59:59",
    ["Dana Whitfield", "Marcus Delacroix", "Sofia Herrera", "Theo Lindgren"],
    [
        ("Cedar Canyon Outfitters", "Storefront redesign", "website"),
        ("Cedar Canyon Outfitters", "Holiday campaign", "campaign"),
        ("Blue Heron Credit Union", "Brand refresh", "brand"),
        ("Blue Heron Credit Union", "Annual report", "report"),
        ("Maple & Main Dental", "Website", "website"),
        ("Maple & Main Dental", "Monthly retainer", "retainer"),
        ("Red Mesa Coffee", "Packaging", "brand"),
        ("Red Mesa Coffee", "Website", "website"),
    ],
)

FIRMS = [HARBOUR, ELM, JUNIPER]

WORK = [
    "First draft",
    "Review with client",
    "Changes after review",
    "Call with {person}",
    "Research",
    "Detailed design",
    "Testing on phones & tablets",
    'Client asked for "one more option"',
    "Final files",
    "Meeting, 50% of it billable",
    "Handover — notes & training",
]
