"""What the seeded cast is called: more than ASCII, because customers are."""

GIVEN_NAMES = (
    "Ines", "Omar", "Liv", "Priya", "José", "Zoë", "Søren", "Łukasz", "Ömer", "Chloé", "Björn",
    "Nguyệt", "Siobhán", "Mateus", "Aiko", "美咲", "Amara", "Dmitri", "Fátima", "Noël", "Ewa",
    "Tariq", "Yuki", "Mona", "Jürgen", "Kwame", "Rūta", "Şeyma", "Anaïs", "Hélène", "Thabo",
    "Jan-Willem", "Mary Ann", "Öykü", "Lucía", "Ángel", "Ngozi", "민준", "Ελένη", "Maeve",
)  # fmt: skip

FAMILY_NAMES = (
    "Carvalho", "Haddad", "Sandvik", "Raman", "Peña", "Okafor", "Kjær", "Wójcik", "Yılmaz",
    "Lefèvre", "Åkesson", "Trần", "O'Brien", "Ferreira", "Mori", "山田", "Diallo", "Volkov",
    "Al-Sayed", "Dvořák", "Nowak", "Aziz", "Tanaka", "Lind", "Weiß", "Mensah", "Kazlauskas",
    "Öztürk", "van der Berg", "Müller-Lüdenscheidt", "García Márquez", "St. John", "Ng", "김",
    "Παππάς", "Šimůnek", "Bjørnstad", "Ó Súilleabháin", "D'Angelo", "Nkosi",
)  # fmt: skip

TITLES = ("Engineer", "Analyst", "Accountant", "Designer", "Team lead", "Chargé d'affaires")

DEPARTMENTS = (
    "Engineering", "Sales", "Finance", "Support", "Legal", "Équipe Produit", "Forschung & Bau",
    "営業部", "Field Operations", "Contractors", 'Ops "Night Shift"', "Platform Admins",
)  # fmt: skip
