"""Tables from English spelling to sounds, one character per sound. `phones` applies them.

English has rules and irregular words. The rules cover the names and commands of a house, and not
all of English.

Vowels: ``a`` cat, ``A`` day, ``e`` bed, ``E`` see, ``i`` sit, ``I`` my, ``o`` hot, ``O`` go,
``u`` cup, ``U`` food, ``W`` now, ``Y`` boy, ``R`` bird. Consonants are those of the alphabet, and
``T`` thin, ``S`` she, ``Z`` vision, ``C`` chair, ``J`` job, ``N`` sing.
"""

from typing import Final

__all__ = ["ENGLISH_RULES", "ENGLISH_WORDS"]

# The first row that fits is used. "Only after" and "only before" are regular expressions in which V
# stands for any vowel letter, and K for any other letter.
ENGLISH_RULES: Final[tuple[tuple[str, str, str, str], ...]] = (
    # letters, only after, only before, sounds
    ("augh", "", "", "o"),
    ("ough", "", "t", "o"),
    ("ough", "", "", "O"),
    ("eigh", "", "", "A"),
    ("igh", "", "", "I"),
    ("tion", "", "", "Sun"),
    ("sion", "V", "", "Zun"),
    ("sion", "", "", "Sun"),
    ("cious", "", "", "Sus"),
    ("cial", "", "", "Sul"),
    ("tial", "", "", "Sul"),
    ("ture", "", "$", "CR"),
    ("sure", "V", "$", "ZR"),
    ("tch", "", "", "C"),
    ("dge", "", "", "J"),
    ("sch", "", "", "sk"),
    ("chr", "", "", "kr"),
    ("ch", "", "", "C"),
    ("ck", "", "", "k"),
    ("sh", "", "", "S"),
    ("th", "", "", "T"),
    ("ph", "", "", "f"),
    ("wh", "^", "", "w"),
    ("wr", "^", "", "r"),
    ("kn", "^", "", "n"),
    ("gn", "^", "", "n"),
    ("ps", "^", "", "s"),
    ("gh", "^", "", "g"),
    ("gh", "", "", ""),
    ("mb", "", "$", "m"),
    ("que", "", "$", "k"),
    ("qu", "", "", "kw"),
    ("ng", "", "$", "N"),
    ("ngs", "", "$", "Nz"),
    ("nk", "", "", "Nk"),
    ("x", "^", "", "z"),
    ("x", "", "", "ks"),
    ("cc", "", "[ei]", "ks"),
    ("sc", "", "[eiy]", "s"),
    ("c", "", "[eiy]", "s"),
    ("c", "", "", "k"),
    ("ge", "", "$", "J"),
    ("ges", "", "$", "Jiz"),
    ("g", "", "[ei]r?[aeomnst]", "J"),
    ("g", "", "y", "J"),
    ("oar", "", "", "or"),
    ("oor", "", "", "or"),
    ("our", "", "", "or"),
    ("ear", "", "[nl]", "R"),
    ("ear", "", "", "Er"),
    ("eer", "", "", "Er"),
    ("air", "", "", "er"),
    ("are", "", "$", "er"),
    ("ire", "", "$", "Ir"),
    ("ore", "", "$", "or"),
    ("ure", "", "$", "jUr"),
    ("ar", "w", "", "or"),
    ("or", "w", "", "R"),
    ("ar", "", "V", "er"),
    ("ar", "", "", "or"),
    ("er", "", "V", "Er"),
    ("er", "", "", "R"),
    ("ir", "", "", "R"),
    ("ur", "", "", "R"),
    ("or", "..", "$", "R"),
    ("or", "", "", "or"),
    ("a", "^", "V", "a"),
    ("ai", "", "", "A"),
    ("ay", "", "", "A"),
    ("au", "", "", "o"),
    ("aw", "", "", "o"),
    ("al", "", "k", "o"),
    ("all", "", "", "ol"),
    ("ee", "", "", "E"),
    ("ea", "", "d$", "e"),
    ("ea", "", "th", "e"),
    ("ea", "", "", "E"),
    ("ei", "", "", "E"),
    ("ey", "", "$", "E"),
    ("eu", "", "", "U"),
    ("ew", "", "", "U"),
    ("ie", "^K", "", "I"),
    ("ie", "", "", "E"),
    ("oa", "", "", "O"),
    ("oi", "", "", "Y"),
    ("oy", "", "", "Y"),
    ("oo", "", "", "U"),
    ("ou", "", "ld", "U"),
    ("ou", "", "s$", "u"),
    ("ou", "", "", "W"),
    ("ow", "", "$", "O"),
    ("ow", "", "er|n$", "W"),
    ("ow", "", "", "O"),
    ("ue", "", "$", "U"),
    ("ui", "", "", "U"),
    ("ind", "", "$", "Ind"),
    ("ild", "", "$", "Ild"),
    ("old", "", "", "Old"),
    ("y", "^", "", "j"),
    ("y", "^K", "$", "I"),
    ("y", "^KK", "$", "I"),
    ("y", "", "$", "E"),
    ("y", "", "", "i"),
    ("le", "K", "$", "ul"),
    ("les", "K", "$", "ulz"),
    ("ted", "V.*", "$", "tid"),
    ("ded", "V.*", "$", "did"),
    ("ed", "V.*K", "$", "d"),
    ("a", "", "K(e|es|ed|ing|er)$", "A"),
    ("e", "", "K(e|es|ed|ing|er)$", "E"),
    ("i", "", "K(e|es|ed|ing|er)$", "I"),
    ("o", "", "K(e|es|ed|ing|er)$", "O"),
    ("u", "", "K(e|es|ed|ing|er)$", "U"),
    ("es", "V.*([sxz]|sh|ch)", "$", "iz"),
    ("es", "V.*K", "$", "z"),
    ("e", "^K", "$", "E"),
    ("e", "", "$", ""),
    ("o", "", "$", "O"),
    ("a", "", "$", "u"),
    ("i", "", "$", "E"),
    ("u", "", "$", "U"),
    ("s", "[aeioubdglmnrvwy]", "$", "z"),
    ("s", "V", "V", "z"),
    ("j", "", "", "J"),
    ("h", "", "", "h"),
    ("u", "", "", "u"),
    ("o", "", "", "o"),
)

ENGLISH_WORDS: Final = {
    word: sounds
    for line in """
    a u|an an|the Tu|to tU|too tU|two tU|one wun|once wuns|of uv|off of|on on|are or|is iz|was woz
    eight At|four for|five fIv|nine nIn|ten ten|six siks|seven sevun|eleven elevun|twelve twelv
    twenty twentE|thirty TRtE|forty fortE|fifty fiftE|sixty sikstE|seventy sevuntE|eighty AtE
    ninety nIntE|hundred hundrid|half haf|what wot|what's wots|whats wots|who hU|how hW|now nW
    where wer|there Ter|their Ter|you jU|your jor|have hav|do dU|does duz|done dun|come kum|some sum
    give giv|live liv|living liviN|love luv|move mUv|music mjUzik|volume voljUm|mute mjUt
    unmute unmjUt|resume rizUm|continue kuntinjU|fan fan|humidity hjUmiditE|hour Wr|hours Wrz
    minute minit|minutes minits|second sekund|seconds sekunz|timer tImR|timers tImRz|time tIm
    weather weTR|whether weTR|temperature tempruCR|degrees dugrEz|percent pRsent|brightness brItnis
    color kulR|colour kulR|blue blU|purple pRpul|orange orinJ|yellow jelO|turquoise tRkwYz
    maximum maksimum|minimum minimum|lock lok|unlock unlok|closed klOzd|close klOz|open Opun
    door dor|floor flor|garage guroZ|gate gAt|office ofis|kitchen kiCun|bathroom baTrUm
    bedroom bedrUm|room rUm|hall hol|hallway holwA|upstairs upsterz|downstairs dWnsterz
    outside WtsId|outdoor Wtdor|indoor indor|machine mu+SEn|coffee kofE|radio rAdEO|tv tEvE
    television teluviZun|thermostat TRmustat|vacuum vakjUm|light lIt|lights lIts|lite lIt|lamp lamp
    dinner dinR|dining dIniN|lounge lWnJ|studio stUdEO|chair Cer|heater hEtR|heating hEtiN
    says sez|said sed|been bin|were wR|would wUd|could kUd|should SUd|put pUt|full fUl|pull pUl
    any enE|many menE|every evrE|again ugen|today tudA|date dAt|day dA|people pEpul
    whole hOl|both bOT|most mOst|only OnlE|won wun|ate At|for for|fore for|know nO|knew nU|new nU
    night nIt|knight nIt|write rIt|right rIt|read rEd|red red|led led|head hed|bread bred|dead ded
    great grAt|break brAk|steak stAk|bear ber|wear wer|heart hort|earth RT|early RlE|world wRld
    word wRd|work wRk|water wotR|father foTR|mother muTR|brother bruTR|other uTR|another unuTR
    nothing nuTiN|month munT|front frunt|monkey munkE|money munE|busy bizE|business biznis
    building bildiN|build bild|guest gest|guess ges|guard gord|island Ilund|aisle Il|listen lisun
    castle kasul|sugar SugR|sure SUr|ocean OSun|special speSul|iron Irn|mirror mirR|scene sEn
    scenes sEnz|party portE|mood mUd|blood blud|flood flud|book bUk|good gUd|foot fUt|wood wUd
    tree trE|three TrE|zero zErO|all ol|call kol|ball bol|wall wol|small smol|talk tok|walk wok
    fire fIr|tower tWr|power pWr|shower SWr|flower flWr|our Wr|ours Wrz|I I|i I|my mI|by bI|why wI
    me mE|he hE|she SE|we wE|be bE|no nO|so sO|go gO|pause poz|paws poz|shades SAdz|shopping SopiN
    """.replace("\n", "|").split("|")
    if line.strip()
    for word, sounds in [line.replace("+", "").split()]
}
