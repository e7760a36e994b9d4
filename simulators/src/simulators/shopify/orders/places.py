"""Names of the countries and states that an address may name by their code."""

COUNTRIES = {
    "AU": "Australia",
    "CA": "Canada",
    "CN": "China",
    "DE": "Germany",
    "FR": "France",
    "GB": "United Kingdom",
    "MX": "Mexico",
    "PR": "Puerto Rico",
    "US": "United States",
}

_US_STATES = (
    "AL Alabama,AK Alaska,AS American Samoa,AZ Arizona,AR Arkansas,CA California,CO Colorado,"
    "CT Connecticut,DE Delaware,DC Washington DC,FM Micronesia,FL Florida,GA Georgia,GU Guam,"
    "HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,"
    "ME Maine,MH Marshall Islands,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,"
    "MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,"
    "NM New Mexico,NY New York,NC North Carolina,ND North Dakota,MP Northern Mariana Islands,"
    "OH Ohio,OK Oklahoma,OR Oregon,PW Palau,PA Pennsylvania,PR Puerto Rico,RI Rhode Island,"
    "SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,"
    "VI U.S. Virgin Islands,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,"
    "AA Armed Forces Americas,AE Armed Forces Europe,AP Armed Forces Pacific"
)

US_STATES = {entry[:2]: entry[3:] for entry in _US_STATES.split(",")}
"""States, the District, territories and military addresses: all that a US address accepts."""
