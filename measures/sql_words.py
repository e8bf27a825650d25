"""Measures in SQL: the words that the registry puts together, as named lambdas for a WITH clause (``SQL_WORDS``).

``s`` is the map of sums: field, and where there is a key ``\\x1f`` and the key, to amount. Each word of a rule takes an array
of tuples, one for each result, and gives an array of tuples (measure, part, value, n, k, low, high, reason): so the engine
analyses a formula once, and not once for each measure.
"""

from measures.intervals import EXPANSION, TABLED, Z95, t_quantile
from measures.sketch import MIDDLE, ZERO
from schemas.timestamps import HOUR_MS

SHOWN = 5
"""Below so many cases a rate or mean is not shown (metrics 1.5)."""
_Z2 = Z95 * Z95
_NO_BUCKET = -1_000_000
_NO_K, _NO_END, _NO_REASON = (f"CAST(NULL, 'Nullable({kind})')" for kind in ("Int64", "Float64", "String"))
_NO_INTERVAL = f"{_NO_K}, {_NO_END}, {_NO_END}"
_FEW = f"'min_n', {_NO_REASON}"

# shares: 1 measure, 2 part, 3 k, 4 n
_P = "row.3 / row.4"
_MIDDLE = f"({_P} + {_Z2} / (2 * row.4))"
_HALF = f"{Z95} * sqrt({_P} * (1 - {_P}) / row.4 + {_Z2} / (4 * row.4 * row.4))"
_LOW = f"if(row.3 = 0, 0, ({_MIDDLE} - {_HALF}) / (1 + {_Z2} / row.4))"
_HIGH = f"if(row.3 = row.4, 1, ({_MIDDLE} + {_HALF}) / (1 + {_Z2} / row.4))"
# durations: 1 measure, 2 buckets as (place, how many), in order, 3 milliseconds or quantile
_N = "arraySum(cell -> cell.2, row.2)"
_AT_RANK = f"row.2[arrayFirstIndex(c -> c > row.3 * ({_N} - 1), arrayCumSum(cell -> cell.2, row.2))].1"
_HOURS = f"if({_AT_RANK} = {_NO_BUCKET}, 0., {MIDDLE} * pow(101 / 99, {_AT_RANK})) / {HOUR_MS}"
# ratings: 1 measure, 2 side, 3 whether with an interval, 4 parts as (part, votes, Σ e, Σ c, Σ (e + c)²)
_BOTH = "((of.3 + of.4) / (2 * of.2))"
_SPREAD = f"t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * {_BOTH} * {_BOTH}) / (of.2 - 1), 0)) / sqrt(of.2)"
_SIDE = f"multiIf(row.2 = 'both', {_BOTH}, row.2 = 'effectiveness', of.3 / of.2, of.4 / of.2)"
_WORDS = "splitByChar('\\x1f', cell.1)"
_GRADES = f"toInt64OrZero({_WORDS}[-1])"
_SUMS = ", ".join(
    f"arraySum(cell -> {what}, mine)"
    for what in ("cell.4", "cell.2 * cell.4", "cell.3 * cell.4", "pow(cell.2 + cell.3, 2) * cell.4")
)
_PARTS = "if(empty(votes), [], arraySort(arrayDistinct(arrayConcat([''], arrayMap(cell -> cell.1, votes)))))"
_TABLE = ", ".join(repr(t_quantile(freedom)) for freedom in range(1, TABLED + 1))
_BEYOND = " + ".join(f"{factor} / pow(freedom, {power})" for power, factor in enumerate(EXPANSION, 1))

_ALL = {
    "keyed(s, field)": "arraySort(arrayMap(cell -> (substring(cell.1, length(field) + 2), cell.2), arrayFilter("
    "cell -> startsWith(cell.1, concat(field, '\\x1f')) AND cell.2 != 0, CAST(s, 'Array(Tuple(String, Int64))'))))",
    "buckets(s, field)": f"arraySort(arrayMap(cell -> (if(cell.1 = '{ZERO}', {_NO_BUCKET}, toInt64OrZero(cell.1)), cell.2), "
    "keyed(s, field)))",
    "shares(rows)": f"arrayMap(row -> (row.1, row.2, if(row.4 < {SHOWN}, NULL, {_P}), toUInt64(row.4), "
    f"toNullable(toInt64(row.3)), if(row.4 < {SHOWN}, NULL, {_LOW}), if(row.4 < {SHOWN}, NULL, {_HIGH}), "
    f"if(row.4 < {SHOWN}, {_FEW})), rows)",
    "means(rows)": f"arrayMap(row -> (row.1, '', if(row.4 < {SHOWN} OR row.3 = 0, NULL, row.2), toUInt64(row.3), "
    f"{_NO_INTERVAL}, if(row.4 < {SHOWN} OR row.3 = 0, {_FEW})), rows)",
    "counts(rows)": f"arrayMap(row -> (row.1, '', toNullable(toFloat64(row.2)), toUInt64(row.2), "
    f"{_NO_INTERVAL}, {_NO_REASON}), rows)",
    "mean_hours(rows)": f"arrayMap(row -> (row.1, '', if(empty(row.2), NULL, row.3 / {_N} / {HOUR_MS}), toUInt64({_N}), "
    f"{_NO_INTERVAL}, if(empty(row.2), {_FEW})), rows)",
    "quantile_hours(rows)": f"arrayMap(row -> (row.1, '', if(empty(row.2), NULL, {_HOURS}), toUInt64({_N}), "
    f"{_NO_INTERVAL}, if(empty(row.2), {_FEW})), rows)",
    "votes_of(s, field)": f"arrayMap(cell -> (arrayStringConcat(arrayPopBack({_WORDS}), '\\x1f'), intDiv({_GRADES}, 10), "
    f"{_GRADES} % 10, cell.2), keyed(s, field))",
    "graded(votes)": f"arrayMap(part -> arrayMap(mine -> (part, {_SUMS}), "
    f"[arrayFilter(cell -> part = '' OR cell.1 = part, votes)])[1], {_PARTS})",
    "t_quantile(freedom)": f"if(freedom <= {TABLED}, [{_TABLE}][freedom], {Z95} + {_BEYOND})",
    "ratings(rows)": f"arrayFlatten(arrayMap(row -> arrayMap(of -> (row.1, of.1, toNullable(toFloat64({_SIDE})), "
    f"toUInt64(of.2), {_NO_K}, if(row.3 AND of.2 > 1, greatest({_BOTH} - {_SPREAD}, 1), NULL), "
    f"if(row.3 AND of.2 > 1, least({_BOTH} + {_SPREAD}, 5), NULL), {_NO_REASON}), row.4), rows))",
}
SQL_WORDS = ",\n".join(
    f"    (({arguments}) -> {body}) AS {name}"
    for (name, arguments), body in ((word.rstrip(")").split("("), body) for word, body in _ALL.items())
)
"""Behind WITH, before an expression of the registry."""
