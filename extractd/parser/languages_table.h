/*
 * languages_table: function words and scripts, for languages.c alone.
 *
 * The words are the most frequent ones that carry no subject (articles, pronouns, prepositions,
 * conjunctions), in lower case and without accents, because a wrong model loses those. A word that
 * stands in several rows counts for each by its share.
 */
#ifndef PDFSPOOL_PARSER_LANGUAGES_TABLE_H
#define PDFSPOOL_PARSER_LANGUAGES_TABLE_H

static const struct {
    const char *name, *words;
} languages_words[] = {
    {"eng", "the and of to in is that for it with as was on be by this are from or an which not "
            "have at but his they we you been were has had will can their its all if when who "
            "would there what about these such may any other than then into only should must"},
    {"deu", "der die und das von zu den mit sich des auf fur ist im dem nicht ein eine als auch es "
            "an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem uber "
            "einen so zum war haben nur oder aber vor zur bis mehr durch wenn kann ich wir ihre"},
    {"fra", "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce "
            "il sont avec aux son cette ou mais comme nous leur elle vous ont etre fait deux ses "
            "si sans entre lors peut tout meme dont d l qu c n s j"},
    {"spa", "de la que el en y a los se del las un por con no una su para es al lo como mas o pero "
            "sus le ha me si sin sobre este ya entre cuando todo esta ser son dos tambien fue "
            "habia era muy hasta desde nos otro porque cual ellos"},
    {"ita", "di e il la che in a per un del non della con sono una si da i le al nel come dei piu "
            "alla ha gli su delle anche dal lo o essere se nella ma questo cui degli ai ed dalla "
            "tra stato era questa sul loro suo quando"},
    {"por", "de a o que e do da em um para com nao uma os no se na por mais as dos como mas foi ao "
            "ele das tem seu sua ou ser quando muito nos ja eu tambem so pelo pela ate isso ela "
            "entre era depois sem mesmo aos seus quem sao"},
    {"cat",
     "de la i el que a en els per les un del amb una es dels al no com pel mes les seva aquest "
     "aquesta seu va son o ha ser tambe pels entre fins sense sobre altres qual quan pot "
     "molt aixo on ja si"},
    {"glg",
     "de a o que e do da en un para con non unha os no se na por mais as dos como mais foi ao "
     "das ten seu sua ou ser cando moi pola polo ata isto ela entre era sen mesmo pero "
     "tamen sobre esta este"},
    {"nld",
     "de en van het een in is dat op te zijn met voor niet aan er om ook als dan maar bij of "
     "uit nog worden door naar heeft tot ze wordt over hij deze die geen was kan meer wel "
     "hun moet zou wat werd zich u dit onder"},
    {"swe", "och i att det som en pa ar av for med till den har de inte om ett han men var jag sig "
            "fran vi sa kan nar eller ska hon alla du vid mot efter under mycket blir denna detta "
            "man skulle dess bara nu hade"},
    {"dan", "og i at det er en til af pa for med den som de der ikke et har han om var men jeg sig "
            "fra vi kan skal nar eller blev hun alle du ved mod efter under meget bliver denne "
            "dette man ville deres kun nu havde hvor"},
    {"nor",
     "og i a det er en til av pa for med den som de ikke et har han om var men jeg seg fra vi "
     "kan skal nar eller ble hun alle du ved mot etter under mye blir denne dette man "
     "ville deres bare na hadde hvor"},
    {"fin",
     "ja on ei se etta han oli mutta joka ovat kun niin kuin myos hanen sen tai jos mita ole "
     "voi nyt jo vain sitten siita olla tama naiden ne sita jotka mukaan kanssa jalkeen "
     "ennen tassa"},
    {"est",
     "ja on ei et see ta oli aga kui ka ning mis oma ma kes siis nii veel selle seda ole olla "
     "voi need pole sest kas mida juba ainult nende tema parast"},
    {"pol", "i w na z nie sie do jest to ze o jak po ale za od oraz jego dla przez tym co przy juz "
            "tak czy tego ktory ktore sa byc moze lub jako tylko ich jej pod przed kiedy jesli byl "
            "jeszcze"},
    {"ces", "a v se na je to ze s z do o i k ve pro za by ale si jako po jsou jeho od nebo ktery "
            "ktere podle byl tak jen pri az co jak uz byla mezi bude kde take jejich pred pouze"},
    {"slk", "a v sa na je to ze s z do o i k vo pre za by ale si ako po su jeho od alebo ktory "
            "ktore podla bol tak len pri az co uz bola medzi bude kde tiez ich pred iba"},
    {"hun", "a az es hogy nem is egy van ez azt meg de ha csak mint volt el mar vagy kell lesz itt "
            "nincs sem ezt mert lehet ami aki igen nagyon majd ki be fel ezek szerint utan kozott"},
    {"ron",
     "de si in a la cu pe un din care o este nu sa pentru se au mai ca al ce prin lui sau fi "
     "ale fost sunt acest aceasta dar cel intre dupa cum fara ei lor poate trebuie unei "
     "unui"},
    {"hrv", "i u je na se da su za od s o kao koji ne ili iz a do koja to te bi sto koje ali nije "
            "biti samo po jer kako jos kada prema nakon izmedu"},
    {"tur", "ve bir bu da de icin ile olarak olan daha en cok gibi kadar ne ama sonra var o her ya "
            "ise veya olan degil tum diye ancak uzerinde tarafindan gore hem bunun iki"},
    {"vie", "va cua la cac co trong duoc cho mot khong nguoi voi nay da nhung de khi ve tu nhu den "
            "vao thi cung ra ban boi theo tren sau"},
    {"ind", "yang dan di ini dari untuk dengan pada tidak itu dalam adalah akan atau oleh juga ke "
            "bisa telah ada mereka saya tersebut dapat sebagai karena kami seperti"},
    {"rus", "и в не на что с он как это по но из у за от о его для так же вы был к бы или все мы "
            "при она они если только также их может до быть того чтобы который"},
    {"ukr", "і в не на що з він як це по але із у за від о його для так же ви був до б або все ми "
            "при вона вони якщо та також їх може є бути того щоб який й"},
    {"bul", "и в не на че с той като това по но от за се да са е си или ще ли те тя както които "
            "след към при до във със бъде може само има"},
    {"srp", "и у је на се да су за од с о као који не или из а до која то те би што које али није "
            "бити само по јер како још када према након"},
    {"ell",
     "και το του να η της με που την στο για από τη είναι ο τα σε οι των τον θα δεν τους ότι "
     "στην μια ένα αυτό ή όπως στη μας αν"},
};

/* Models of a script, the most used first; the models of whole scripts last. */
static const struct {
    const char *script, *models;
} languages_scripts[] = {
    {"Latin", "eng deu fra spa ita por nld pol script/Latin"},
    {"Cyrillic", "rus ukr bul srp bel mkd script/Cyrillic"},
    {"Greek", "ell grc script/Greek"},
    {"Arabic", "ara fas urd script/Arabic"},
    {"Hebrew", "heb yid script/Hebrew"},
    {"Han", "chi_sim chi_tra jpn script/HanS script/HanT"},
    {"Japanese", "jpn script/Japanese"},
    {"Hiragana", "jpn script/Japanese"},
    {"Katakana", "jpn script/Japanese"},
    {"Korean", "kor script/Hangul"},
    {"Hangul", "kor script/Hangul"},
    {"Devanagari", "hin mar nep san script/Devanagari"},
    {"Bengali", "ben asm script/Bengali"},
    {"Tamil", "tam script/Tamil"},
    {"Telugu", "tel script/Telugu"},
    {"Kannada", "kan script/Kannada"},
    {"Malayalam", "mal script/Malayalam"},
    {"Gujarati", "guj script/Gujarati"},
    {"Gurmukhi", "pan script/Gurmukhi"},
    {"Oriya", "ori script/Oriya"},
    {"Sinhala", "sin script/Sinhala"},
    {"Thai", "tha script/Thai"},
    {"Lao", "lao script/Lao"},
    {"Khmer", "khm script/Khmer"},
    {"Myanmar", "mya script/Myanmar"},
    {"Tibetan", "bod dzo script/Tibetan"},
    {"Georgian", "kat script/Georgian"},
    {"Armenian", "hye script/Armenian"},
    {"Ethiopic", "amh tir script/Ethiopic"},
    {"Cherokee", "chr script/Cherokee"},
    {"Fraktur", "deu_latf frk deu_frak script/Fraktur"},
};

#endif
