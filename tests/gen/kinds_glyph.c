/* Text layers whose characters are right although they look odd, and such as are wrong. */
#include "tests/gen/doc.h"
#include "tests/gen/kinds.h"
#include "tests/gen/tounicode.h"

#include <stdbool.h>
#include <string.h>

enum { LEFT = 72, TOP = 720, BODY = 11, COLUMNS = 84, LINES_MAX = 24 };

/* ---- honest pages ---- */

struct script_page {
    bool backwards; /* a script that is written from right to left */
    const char *lines[LINES_MAX];
};

/* Article 1 of the Universal Declaration of Human Rights, where there is one. */
static const struct script_page scripts[] = {
    {false,
     {"Все люди рождаются свободными и равными в своем достоинстве и правах.",
      "Они наделены разумом и совестью и должны поступать в отношении друг друга",
      "в духе братства."}},
    {false,
     {"Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
      "Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται",
      "μεταξύ τους με πνεύμα αδελφοσύνης."}},
    {false,
     {"人人生而自由，在尊严和权利上一律平等。", "他们赋有理性和良心，并应以兄弟关系的精神相对待。",
      "人人有资格享有本宣言所载的一切权利和自由，不分种族、肤色、性别、语言、宗教。"}},
    {false,
     {"すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
      "人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。"}},
    {false,
     {"모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
      "인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다."}},
    {true,
     {"يولد جميع الناس أحرارا متساوين في الكرامة والحقوق", "وقد وهبوا عقلا وضميرا وعليهم أن يعامل",
      "بعضهم بعضا بروح الإخاء"}},
    {true,
     {"כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם",
      "כולם חוננו בתבונה ובמצפון לפיכך חובה עליהם לנהוג", "איש ברעהו ברוח של אחווה"}},
    {false,
     {"सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
      "उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।"}},
    {false,
     {"มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
      "ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ"}},
    {false,
     {"Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
      "Mọi con người đều được tạo hóa ban cho lý trí và lương tâm và cần phải đối xử",
      "với nhau trong tình bằng hữu."}},
    {false,
     {"Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
      "Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile",
      "hareket etmelidirler."}},
    {false,
     {"Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
      "Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan",
      "veljeyden hengessä."}},
    {false,
     {"Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
      "Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych",
      "w duchu braterstwa."}},
    {false,
     {"Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
      "Az emberek, ésszel és lelkiismerettel bírván, egymással szemben testvéri",
      "szellemben kell hogy viseltessenek."}},
    {false,
     {"Genir pawb yn rhydd ac yn gydradd â'i gilydd mewn urddas a hawliau.",
      "Fe'u cynysgaeddir â rheswm a chydwybod, a dylai pawb ymddwyn y naill at y llall",
      "mewn ysbryd cymodlon."}},
    {false,
     {"Arma virumque cano, Troiae qui primus ab oris", "Italiam, fato profugus, Laviniaque venit",
      "litora, multum ille et terris iactatus et alto",
      "vi superum saevae memorem Iunonis ob iram;",
      "multa quoque et bello passus, dum conderet urbem,",
      "inferretque deos Latio, genus unde Latinum,"}},
};

static const struct script_page odd[] = {
    {false, {"Great Expectations"}},
    {false, {"ANNEX C"}},
    {false, {"7"}},
    {false,
     {"2019      12,340.50      11,802.11        538.39      4.56 %",
      "2020      13,001.00      12,911.75         89.25      0.69 %",
      "2021      12,877.32      13,412.90       -535.58     -3.99 %",
      "2022      14,510.08      13,996.46        513.62      3.67 %",
      "2023      15,233.47      14,120.33      1,113.14      7.88 %",
      "          67,971.87      66,243.55      1,728.32"}},
    {false,
     {"1  Introduction . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . .   3",
      "2  The harbour ..................................................................   7",
      "2.1  Its walls ····································································  9",
      "2.2  Its lights ___________________________________________________________________ 12",
      "3  Index . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . 40"}},
    {false,
     {"static int fnd_nxt(struct hbr *h, const char *s, size_t n)", "{",
      "    for (size_t i = 0; i < n && s[i]; i++) {",
      "        if ((h->msk & (1u << (s[i] & 31))) == 0 || !cmp_ptr(&h->v[i], s + i))",
      "            continue;", "        return (int)(h->v[i].ofs >> 3) ^ 0x5a5a;", "    }",
      "    return -ENOENT;", "}", "#define XSTR(s) #s",
      "%.o: %.c ; $(CC) $(CFLAGS) -MMD -c -o $@ $<",
      "s/^\\([a-z]*\\)[^,]*,\\(.*\\)$/\\2 \\1/g; t lbl; /^#/!{H;x;}"}},
    {false,
     {"∫₀^∞ e^{−x²} dx = √π ⁄ 2,   ∑_{n=1}^∞ 1⁄n² = π² ⁄ 6",
      "∀ε > 0 ∃δ > 0: |x − a| < δ ⇒ |f(x) − f(a)| < ε", "∇·E = ρ ⁄ ε₀,   ∇×B = μ₀J + μ₀ε₀ ∂E⁄∂t",
      "P(A|B) = P(B|A) P(A) ⁄ P(B),   σ² = E[(X − μ)²]", "x = (−b ± √(b² − 4ac)) ⁄ 2a   (3.14)",
      "dim ker T + dim im T = dim V,   λ₁ ≥ λ₂ ≥ … ≥ λₙ"}},
    {false,
     {"WARNING: DO NOT OPEN THE VALVE WHILE THE PUMP IS RUNNING.",
      "DISCONNECT THE SUPPLY BEFORE SERVICING. KEEP OUT OF REACH OF CHILDREN."}},
    {false,
     {"SKU          BATCH        REF", "XK-4471-BQ   LZT0093-F    7QX9-ZZ41-KPW2",
      "XK-4472-BR   LZT0094-F    7QX9-ZZ42-KPX7", "RT-0091-CV   MWQ1120-G    8PD3-TT07-QRB1",
      "RT-0092-CW   MWQ1121-G    8PD3-TT08-QRC9", "DFGH-77 JKLM-12 NPQR-90 STVW-44 XZBC-18",
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}},
    {false,
     {"Mr. J. R. Smith Jr., B.Sc., Ph.D.  tel. +44 20 7946 0958  fax -59",
      "Ms. K. Ng, M.A.  tel. +44 20 7946 0321", "Dr. T. Hrdlička, CSc.  tel. +420 224 811 212",
      "c/o Strč & Krk, s.r.o., Vltavská 7, Brno", "www.example.org/~jrs?id=42&v=3#top"}},
    {false,
     {"I. II. III. IV. V. VI. VII. VIII. IX. X. XI. XII. XIII. XIV. XV. XVI. XVII. XVIII.",
      "MDCCLXXVI MCMXCIX MMXXIV", "a) b) c) d) e) f) g) h) i) j) k) l)"}},
    {false,
     {"☐ yes   ☐ no   ☑ not known", "• first   ‣ second   ◦ third   ▪ fourth   → next",
      "★★★☆☆   ✓ ✗ ✓ ✓   ½ ¼ ¾   € 12.50   £ 9   ¥ 1200"}},
};

static void pages_of(struct buf *out, const struct script_page *pages, size_t count)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    buf_fmt(&d.fonts, "/W1 %u 0 R", tounicode_wide(&d.pdf));
    for (size_t i = 0; i < count; i++) {
        buf_clear(&content);
        for (int k = 0; k < LINES_MAX && pages[i].lines[k]; k++)
            tounicode_line(&content, "W1", LEFT, TOP - 18 * k, pages[i].lines[k],
                           pages[i].backwards);
        doc_page(&d, &content, "", "");
    }
    doc_end(&d);
    buf_free(&content);
}

static void make_scripts(struct buf *out, const struct genopt *opt)
{
    (void)opt;
    pages_of(out, scripts, sizeof scripts / sizeof scripts[0]);
}

static void make_oddpages(struct buf *out, const struct genopt *opt)
{
    (void)opt;
    pages_of(out, odd, sizeof odd / sizeof odd[0]);
}

/* ---- pages that look right and say nonsense ---- */

/* The glyph's number in the font, taken for its character. */
static uint32_t shifted(unsigned byte)
{
    return byte - 29;
}

static uint32_t private_use(unsigned byte)
{
    return byte == ' ' ? ' ' : 0xf000 + byte;
}

static uint32_t unknown(unsigned byte)
{
    return byte == ' ' ? ' ' : 0xfffd;
}

/* Characters from everywhere. */
static uint32_t soup(unsigned byte)
{
    return byte == ' ' ? ' ' : 0x100 + byte * 2654435761U % 0x2d00;
}

static uint32_t exchanged(unsigned byte)
{
    if (byte >= 'a' && byte <= 'z')
        return 'a' + (byte - 'a') * 7 % 26;
    return byte >= 'A' && byte <= 'Z' ? 'A' + (byte - 'A') * 7 % 26 : byte;
}

/* Letters of an 8-bit encoding shown as those of another. */
static uint32_t mistaken(unsigned byte)
{
    return byte >= 'a' && byte <= 'z'   ? 0xe0 + byte - 'a'
           : byte >= 'A' && byte <= 'Z' ? 0xc0 + byte - 'A'
                                        : byte;
}

static const char *const story =
    "The keeper of the lighthouse wrote down every ship that passed, its flag and its course, and "
    "whether it had answered his signal. In the evening he copied the list into a large book, "
    "which was sent to the harbour office once a month and which nobody there ever opened.";

typedef uint32_t meaning_fn(unsigned byte);

/* Lines of text in font /F2. */
static int lying_para(struct buf *content, int y, const char *text)
{
    while (*text) {
        size_t n = strnlen(text, COLUMNS + 1);

        if (n > COLUMNS)
            while (n > 1 && text[n - 1] != ' ')
                n--;
        buf_fmt(content, "BT /F2 %d Tf %d %d Td ", BODY, LEFT, y);
        doc_string(content, text, n);
        buf_str(content, " Tj ET\n");
        y -= 15;
        text += n;
    }
    return y;
}

static void lying_page(struct buf *out, const char *words, meaning_fn *meaning, bool half)
{
    struct buf content = {0};
    struct doc d;
    int y = TOP;

    doc_begin(&d, out);
    buf_fmt(&d.fonts, "/F2 %u 0 R", tounicode_lying(&d.pdf, meaning));
    if (half)
        y = doc_para(&content, LEFT, y, BODY, COLUMNS, story) - 15;
    y = lying_para(&content, y, words);
    lying_para(&content, y - 15, story);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

static void make_shifted(struct buf *out, const struct genopt *opt)
{
    lying_page(out, opt->words, shifted, false);
}

static void make_private(struct buf *out, const struct genopt *opt)
{
    lying_page(out, opt->words, private_use, false);
}

static void make_unmapped(struct buf *out, const struct genopt *opt)
{
    lying_page(out, opt->words, unknown, false);
}

static void make_soup(struct buf *out, const struct genopt *opt)
{
    lying_page(out, opt->words, soup, false);
}

static void make_exchanged(struct buf *out, const struct genopt *opt)
{
    lying_page(out, opt->words, exchanged, false);
}

static void make_mistaken(struct buf *out, const struct genopt *opt)
{
    lying_page(out, opt->words, mistaken, false);
}

static void make_halflying(struct buf *out, const struct genopt *opt)
{
    lying_page(out, opt->words, unknown, true);
}

const struct kind kinds_glyph[] = {
    {"scripts", "ok", "a page each in sixteen languages and eight scripts", make_scripts},
    {"oddpages", "ok", "tables, leaders, programs, formulas, codes, a page of one digit",
     make_oddpages},
    {"shifted", "partial|ok", "its characters are the numbers of glyphs", make_shifted},
    {"private", "partial|ok", "its characters are private ones", make_private},
    {"unmapped", "partial|ok", "its characters are not known", make_unmapped},
    {"soup", "partial|ok", "its characters come from everywhere", make_soup},
    {"exchanged", "partial|ok", "its letters stand for one another", make_exchanged},
    {"mistaken", "partial|ok", "its letters are those of another encoding", make_mistaken},
    {"halflying", "partial|ok", "one paragraph is right, another's characters are not known",
     make_halflying},
    {NULL, NULL, NULL, NULL},
};
