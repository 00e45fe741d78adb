/* ---- sequence.h: the loop over time, forward and backward -------------------------------------------------------- */

/* Rows are sorted here, longest first, so that step t concerns the first rows only: those still alive. A token is a row
   at a step it is alive at; tokens are numbered step by step. Every buffer of this file pads H units to whole vectors,
   and keeps what belongs to a token in BLOCKS blocks of units: x's products of gates that stand apart, the sums of
   both products of the others, h's products of the gates that stand apart. */

typedef struct {
    int64_t batch;            /* B */
    int64_t steps;            /* T */
    int64_t inputs;           /* D */
    int64_t units;            /* H */
    int64_t part, parts;      /* which rows: of the sorted ones every parts-th, from this one on */
    const int64_t *lengths;   /* (B) */
    const float *parameters;  /* packed for this direction by pack_forward or pack_backward */
    const float *weight_ih;   /* (G·H, D) and */
    const float *weight_hh;   /* (G·H, H) if they are not among what is packed, else none; of the forward pass alone */
    const float *x;           /* (B, T, D) */
    const float *initial;     /* (STATES, B, H) */
    const float *masks;       /* (B, T, MASKS·H); none without masks */
    float *tape;              /* SLOTS · padded(H) for each token; none if no gradient will be asked for */
    float *y;                 /* (B, T, H) */
    float *final;             /* (STATES, B, H) */
    const float *d_y;         /* gradients, shaped like what they are of; d_x none if not wanted */
    const float *d_final;
    float *d_x;
    float *d_initial;
    float *d_parameters;      /* (parts, gradient_floats) */
    float *scratch;           /* (parts, forward_scratch or backward_scratch), of any value */
} sequence;

/* The rows of a part, longest first. */
typedef struct {
    int64_t rows;
    int64_t longest;
    int64_t *order;           /* (rows): which row of the batch */
    int64_t *lengths;         /* (rows) */
    int64_t *tokens;          /* (longest + 1): how many tokens come before each step */
    float *tape;              /* (SLOTS, tokens, padded(H)) of these rows */
} schedule;

/* Steps whose products with x are made together: as many as give this many tokens. */
#define CHUNK_FORWARD 128
#define CHUNK_BACKWARD 256

/* From a token's blocks to the next one's: not a power of two, which would crowd one part of the cache. */
#define BLOCK_STRIDE(width) (BLOCKS * (width) + LANES)

typedef struct {
    const float *bias, *vectors, *input, *hidden, *hidden_apart;
} forward_parameters;

int64_t lanes(void) { return LANES; }
int64_t slots(void) { return SLOTS; }

int64_t forward_floats(int64_t inputs, int64_t units)
{
    return padded(units) * (BLOCKS + VECTORS + GATES * (inputs + HIDDEN_PRODUCT * units));
}

int64_t backward_floats(int64_t inputs, int64_t units)
{
    return padded(units) * (VECTORS + GATES * (padded(inputs) + HIDDEN_PRODUCT * padded(units)));
}

int64_t gradient_floats(int64_t inputs, int64_t units)
{
    return padded(units) * (BLOCKS + VECTORS + GATES * (padded(inputs) + HIDDEN_PRODUCT * padded(units)));
}

/* Most tokens of a chunk: one short of enough, and another step. */
static int64_t most_tokens(int64_t enough, int64_t rows) { return enough - 1 + rows; }

int64_t forward_scratch(int64_t rows, int64_t inputs, int64_t units)
{
    const int64_t width = padded(units), most = most_tokens(CHUNK_FORWARD, rows);
    return (STATES + 1 + MASKS) * rows * width + most * (BLOCK_STRIDE(width) + padded(inputs));
}

int64_t backward_scratch(int64_t rows, int64_t inputs, int64_t units)
{
    const int64_t width = padded(units), most = most_tokens(CHUNK_BACKWARD, rows);
    const int64_t widest = padded(inputs) > width ? padded(inputs) : width;
    return (2 * STATES + 1 + MASKS) * rows * width + widest + most * (BLOCK_STRIDE(width) + 2 * padded(inputs) + width);
}

static int64_t most_rows(const sequence *s) { return (s->batch + s->parts - 1) / s->parts; }

static forward_parameters forward_parts(const float *parameters, int64_t inputs, int64_t units)
{
    const int64_t width = padded(units);
    forward_parameters parts;
    parts.bias = parameters;
    parts.vectors = parts.bias + BLOCKS * width;
    parts.input = parts.vectors + VECTORS * width;
    parts.hidden = parts.input + GATES * width * inputs;
    parts.hidden_apart = parts.hidden + (GATES - APART) * width * units;
    return parts;
}

static void pack_gates(float *packed, int64_t depth, int64_t units, const int *gates, int count, const float *weight)
{
    for (int block = 0; block < count; ++block)
        for (int64_t unit = 0; unit < units; unit += LANES)
            pack_columns(packed, depth, count * padded(units), block * padded(units) + unit,
                         weight + (gates[block] * units + unit) * depth, units - unit < LANES ? units - unit : LANES);
}

static void pack_vectors(float *packed, int64_t units, const float *vectors)
{
    memset(packed, 0, VECTORS * padded(units) * sizeof(float));
    for (int each = 0; each < VECTORS; ++each)
        memcpy(packed + each * padded(units), vectors + each * units, units * sizeof(float));
}

/* A weight that is none is left out. */
void pack_forward(float *packed, int64_t inputs, int64_t units, const float *weight_ih, const float *weight_hh,
                  const float *bias_ih, const float *bias_hh, const float *vectors)
{
    const int64_t width = padded(units);
    const forward_parameters parts = forward_parts(packed, inputs, units);
    memset(packed, 0, BLOCKS * width * sizeof(float));
    for (int block = 0; block < GATES; ++block)
        for (int64_t unit = 0; unit < units; ++unit) {
            packed[block * width + unit] += bias_ih[INPUT_ORDER[block] * units + unit];
            if (HIDDEN_PRODUCT)
                packed[(APART + block) * width + unit] += bias_hh[HIDDEN_ORDER[block] * units + unit];
        }
    pack_vectors((float *)parts.vectors, units, vectors);
    if (weight_ih)
        pack_gates((float *)parts.input, inputs, units, INPUT_ORDER, GATES, weight_ih);
    if (weight_hh) {
        pack_gates((float *)parts.hidden, units, units, HIDDEN_ORDER, GATES - APART, weight_hh);
        pack_gates((float *)parts.hidden_apart, units, units, HIDDEN_ORDER + GATES - APART, APART, weight_hh);
    }
}

static void pack_gate_rows(float *packed, int64_t columns, int64_t units, const int *gates, const float *weight,
                           int64_t given)
{
    for (int block = 0; block < GATES; ++block)
        for (int64_t unit = 0; unit < padded(units); ++unit)
            pack_row(packed, GATES * padded(units), columns, block * padded(units) + unit,
                     weight + (gates[block] * units + unit) * given, unit < units ? given : 0);
}

void pack_backward(float *packed, int64_t inputs, int64_t units, const float *weight_ih, const float *weight_hh,
                   const float *vectors)
{
    const int64_t width = padded(units);
    float *input = packed + VECTORS * width, *hidden = input + GATES * width * padded(inputs);
    pack_vectors(packed, units, vectors);
    pack_gate_rows(input, padded(inputs), units, INPUT_ORDER, weight_ih, inputs);
    if (HIDDEN_PRODUCT)
        pack_gate_rows(hidden, width, units, HIDDEN_ORDER, weight_hh, units);
}

/* Sums the parts' gradients and puts them where the parameters' are; the reverse of packing. */
static void sum_parts(float *to, const float *from, int64_t count, int64_t parts, int64_t size)
{
    memcpy(to, from, count * sizeof(float));
    for (int64_t part = 1; part < parts; ++part)
        for (int64_t k = 0; k < count; ++k)
            to[k] += from[part * size + k];
}

void unpack_gradients(const float *gradients, int64_t parts, int64_t inputs, int64_t units, float *weight_ih,
                      float *weight_hh, float *bias_ih, float *bias_hh, float *vectors)
{
    const int64_t width = padded(units), size = gradient_floats(inputs, units);
    const float *of_vectors = gradients + BLOCKS * width, *input = of_vectors + VECTORS * width;
    const float *hidden = input + GATES * width * padded(inputs);
    for (int block = 0; block < GATES; ++block) {
        const int64_t of_input = INPUT_ORDER[block] * units, of_hidden = HIDDEN_ORDER[block] * units;
        sum_parts(bias_ih + of_input, gradients + block * width, units, parts, size);
        for (int64_t unit = 0; unit < units; ++unit)
            sum_parts(weight_ih + (of_input + unit) * inputs, input + (block * width + unit) * padded(inputs), inputs,
                      parts, size);
        if (!HIDDEN_PRODUCT)
            continue;
        sum_parts(bias_hh + of_hidden, gradients + (APART + block) * width, units, parts, size);
        for (int64_t unit = 0; unit < units; ++unit)
            sum_parts(weight_hh + (of_hidden + unit) * units, hidden + (block * width + unit) * width, units, parts,
                      size);
    }
    for (int each = 0; each < VECTORS; ++each)
        sum_parts(vectors + each * units, of_vectors + each * width, units, parts, size);
}

/* Copies `rows` rows of `count` floats; the row of the batch is in `order`. */
static void gather(float *to, int64_t to_row, const float *from, int64_t from_row, const int64_t *order, int64_t rows,
                   int64_t count)
{
    for (int64_t row = 0; row < rows; ++row)
        copy(to + row * to_row, from + order[row] * from_row, count);
}

static void scatter(float *to, int64_t to_row, const float *from, int64_t from_row, const int64_t *order, int64_t rows,
                    int64_t count)
{
    for (int64_t row = 0; row < rows; ++row)
        copy(to + order[row] * to_row, from + row * from_row, count);
}

/* Copies one step's masks. */
static void gather_masks(const sequence *s, float *to, int64_t t, const int64_t *order, int64_t rows)
{
    const int64_t width = padded(s->units);
    for (int k = 0; k < MASKS; ++k)
        gather(to + k * width, MASKS * width, s->masks + (t * MASKS + k) * s->units, s->steps * MASKS * s->units, order,
               rows, s->units);
}

/* The products with some gates' weight, from its panels, or where it lies if it was not packed. */
static void product_of_gates(int64_t rows, int64_t depth, int64_t units, const int *gates, int count, const float *left,
                             int64_t left_row, const float *packed, const float *weight, const float *start,
                             int64_t start_row, float *result, int64_t result_row)
{
    const int64_t width = padded(units);
    if (!weight)
        product(rows, depth, count * width, left, left_row, packed, start, start_row, result, result_row);
    else
        for (int block = 0; block < count; ++block)
            product_with_rows(rows, depth, units, left, left_row, weight + gates[block] * units * depth,
                              start + block * width, start_row, result + block * width, result_row);
}

/* Sorts rows by length, longest first and equal ones in their order, and keeps those of the part; 0 if no memory. */
static int make_schedule(const sequence *s, schedule *plan)
{
    int64_t *place = calloc(s->steps + 2, sizeof(int64_t));
    plan->order = malloc((2 * s->batch + s->steps + 1) * sizeof(int64_t));
    if (!place || !plan->order) {
        free(place);
        free(plan->order);
        return 0;
    }
    plan->lengths = plan->order + s->batch;
    plan->tokens = plan->lengths + s->batch;
    plan->rows = (s->batch - s->part + s->parts - 1) / s->parts;
    for (int64_t row = 0; row < s->batch; ++row)
        ++place[s->lengths[row]];
    /* From how many there are of each length to where the first of them stands. */
    for (int64_t length = s->steps, longer = 0; length >= 0; --length) {
        const int64_t as_long = place[length];
        place[length] = longer;
        longer += as_long;
    }
    int64_t earlier = 0;
    for (int64_t row = 0; row < s->batch; ++row) {
        const int64_t length = s->lengths[row], at = place[length]++;
        if (at % s->parts == s->part) {
            plan->order[at / s->parts] = row;
            plan->lengths[at / s->parts] = length;
        } else if (at % s->parts < s->part)
            earlier += length;
    }
    free(place);
    plan->tape = s->tape ? s->tape + earlier * SLOTS * padded(s->units) : NULL;
    plan->longest = plan->lengths[0];
    plan->tokens[0] = 0;
    for (int64_t t = 0, alive = plan->rows; t < plan->longest; ++t) {
        while (plan->lengths[alive - 1] <= t)
            --alive;
        plan->tokens[t + 1] = plan->tokens[t] + alive;
    }
    return 1;
}

static void zero_padding(const sequence *s, const schedule *plan, float *of, int64_t count)
{
    for (int64_t row = 0; row < plan->rows; ++row)
        memset(of + (plan->order[row] * s->steps + plan->lengths[row]) * count, 0,
               (s->steps - plan->lengths[row]) * count * sizeof(float));
}

/* Runs one part of a batch; returns 0, or 1 if there is no memory. */
int forward(const sequence *s)
{
    schedule plan;
    if (!make_schedule(s, &plan))
        return 1;
    const int64_t width = padded(s->units), stride = BLOCK_STRIDE(width), area = plan.rows * width;
    const int64_t most = most_tokens(CHUNK_FORWARD, plan.rows), longest = plan.longest, *tokens = plan.tokens;
    const forward_parameters parameters = forward_parts(s->parameters, s->inputs, s->units);
    float *memory = s->scratch + s->part * forward_scratch(most_rows(s), s->inputs, s->units);
    float *output = memory + STATES * area, *masks = output + area, *blocks = masks + MASKS * area;
    float *x = blocks + most * stride;
    float *slots[SLOTS];
    const float *before[STATES];
    for (int k = 0; k < STATES; ++k) {
        gather(memory + k * area, width, s->initial + k * s->batch * s->units, s->units, plan.order, plan.rows,
               s->units);
        before[k] = memory + k * area;
    }
    for (int k = 0; k < SLOTS; ++k)
        slots[k] = plan.tape ? plan.tape + k * tokens[longest] * width : k < STATES ? memory + k * area : NULL;

    for (int64_t begin = 0, end = 0; begin < longest; begin = end) {
        while (end < longest && tokens[end] - tokens[begin] < CHUNK_FORWARD)
            ++end;
        for (int64_t t = begin; t < end; ++t)
            gather(x + (tokens[t] - tokens[begin]) * s->inputs, s->inputs, s->x + t * s->inputs, s->steps * s->inputs,
                   plan.order, tokens[t + 1] - tokens[t], s->inputs);
        product_of_gates(tokens[end] - tokens[begin], s->inputs, s->units, INPUT_ORDER, GATES, x, s->inputs,
                         parameters.input, s->weight_ih, parameters.bias, 0, blocks, stride);
        for (int64_t t = begin; t < end; ++t) {
            const int64_t alive = tokens[t + 1] - tokens[t];
            float *now = blocks + (tokens[t] - tokens[begin]) * stride;
            if (HIDDEN_PRODUCT) {
                product_of_gates(alive, s->units, s->units, HIDDEN_ORDER, GATES - APART, before[0], width,
                                 parameters.hidden, s->weight_hh, now + APART * width, stride, now + APART * width,
                                 stride);
                product_of_gates(alive, s->units, s->units, HIDDEN_ORDER + GATES - APART, APART, before[0], width,
                                 parameters.hidden_apart, s->weight_hh, parameters.bias + GATES * width, 0,
                                 now + GATES * width, stride);
            }
            gather_masks(s, masks, t, plan.order, alive);
            if (plan.tape)
                forward_step(1, alive, width, now, stride, before, slots, output, parameters.vectors, masks);
            else
                forward_step(0, alive, width, now, stride, before, slots, output, parameters.vectors, masks);
            scatter(s->y + t * s->units, s->steps * s->units, OUTPUT_STATE < 0 ? output : slots[OUTPUT_STATE], width,
                    plan.order, alive, s->units);
            /* The rows that end here: rows of the next step come first. */
            const int64_t next = t + 1 < longest ? tokens[t + 2] - tokens[t + 1] : 0;
            for (int k = 0; k < STATES; ++k)
                scatter(s->final + k * s->batch * s->units, s->units, slots[k] + next * width, width, plan.order + next,
                        alive - next, s->units);
            if (plan.tape)
                for (int k = 0; k < SLOTS; ++k) {
                    if (k < STATES)
                        before[k] = slots[k];
                    slots[k] += alive * width;
                }
        }
    }
    zero_padding(s, &plan, s->y, s->units);
    free(plan.order);
    return 0;
}

/* Adds the sums of `rows` rows to `sums`. */
static void add_rows(float *sums, const float *from, int64_t stride, int64_t rows, int64_t columns)
{
    for (int64_t column = 0; column < columns; column += LANES) {
        vec sum = load(sums + column);
        for (int64_t row = 0; row < rows; ++row)
            sum += load(from + row * stride + column);
        store(sums + column, sum);
    }
}

/* Runs one part of a batch backward, from its last token to its first; returns 0, or 1 if there is no memory. */
int backward(const sequence *s)
{
    schedule plan;
    if (!make_schedule(s, &plan))
        return 1;
    const int64_t width = padded(s->units), inputs = padded(s->inputs), stride = BLOCK_STRIDE(width);
    const int64_t area = plan.rows * width, most = most_tokens(CHUNK_BACKWARD, plan.rows);
    const int64_t longest = plan.longest, *tokens = plan.tokens;
    const float *vectors = s->parameters, *input = vectors + VECTORS * width, *hidden = input + GATES * width * inputs;
    float *d_bias = s->d_parameters + s->part * gradient_floats(s->inputs, s->units);
    float *d_vectors = d_bias + BLOCKS * width, *d_input = d_vectors + VECTORS * width;
    float *d_hidden = d_input + GATES * width * inputs;
    float *memory = s->scratch + s->part * backward_scratch(most_rows(s), s->inputs, s->units);
    float *initial = memory, *d_output = initial + 2 * STATES * area, *masks = d_output + area;
    float *d_blocks = masks + MASKS * area;
    float *x = d_blocks + most * stride, *d_x = x + most * inputs, *h = d_x + most * inputs, *zeros = h + most * width;
    memset(zeros, 0, (inputs > width ? inputs : width) * sizeof(float));
    memset(d_bias, 0, (BLOCKS + VECTORS) * width * sizeof(float));
    float *d_state[STATES];
    for (int k = 0; k < STATES; ++k) {
        gather(initial + k * area, width, s->initial + k * s->batch * s->units, s->units, plan.order, plan.rows,
               s->units);
        d_state[k] = memory + (STATES + k) * area;
        gather(d_state[k], width, s->d_final + k * s->batch * s->units, s->units, plan.order, plan.rows, s->units);
    }

    for (int64_t end = longest, begin = longest; end > 0; end = begin) {
        while (begin > 0 && tokens[end] - tokens[begin] < CHUNK_BACKWARD)
            --begin;
        const int64_t chunk = tokens[end] - tokens[begin];
        for (int64_t t = end - 1; t >= begin; --t) {
            const int64_t alive = tokens[t + 1] - tokens[t], first = tokens[t] - tokens[begin];
            float *now = d_blocks + first * stride;
            const float *before[STATES], *slots[SLOTS];
            for (int k = 0; k < SLOTS; ++k) {
                const float *slot = plan.tape + k * tokens[longest] * width;
                slots[k] = slot + tokens[t] * width;
                if (k < STATES)
                    before[k] = t ? slot + tokens[t - 1] * width : initial + k * area;
            }
            gather(d_output, width, s->d_y + t * s->units, s->steps * s->units, plan.order, alive, s->units);
            gather_masks(s, masks, t, plan.order, alive);
            backward_step(alive, width, stride, before, slots, vectors, masks, d_output, d_state, now, d_vectors);
            /* What the padding of units holds must not reach a product. */
            if (width > s->units)
                for (int64_t row = 0; row < alive; ++row)
                    for (int block = 0; block < BLOCKS; ++block)
                        memset(now + row * stride + block * width + s->units, 0, (width - s->units) * sizeof(float));
            if (HIDDEN_PRODUCT) {
                product(alive, GATES * width, width, now + APART * width, stride, hidden, d_state[0], width, d_state[0],
                        width);
                for (int64_t row = 0; row < alive; ++row)
                    pack_row(h, chunk, width, first + row, before[0] + row * width, s->units);
            }
            for (int64_t row = 0; row < alive; ++row)
                pack_row(x, chunk, inputs, first + row, s->x + (plan.order[row] * s->steps + t) * s->inputs, s->inputs);
        }
        add_rows(d_bias, d_blocks, stride, chunk, BLOCKS * width);
        const float *sum = end == longest ? zeros : NULL;
        product_over_tokens(GATES * width, chunk, inputs, d_blocks, stride, x, sum, d_input);
        if (HIDDEN_PRODUCT)
            product_over_tokens(GATES * width, chunk, width, d_blocks + APART * width, stride, h, sum, d_hidden);
        if (s->d_x) {
            product(chunk, GATES * width, inputs, d_blocks, stride, input, zeros, 0, d_x, inputs);
            for (int64_t t = begin; t < end; ++t)
                scatter(s->d_x + t * s->inputs, s->steps * s->inputs, d_x + (tokens[t] - tokens[begin]) * inputs,
                        inputs, plan.order, tokens[t + 1] - tokens[t], s->inputs);
        }
    }
    for (int k = 0; k < STATES; ++k)
        scatter(s->d_initial + k * s->batch * s->units, s->units, d_state[k], width, plan.order, plan.rows, s->units);
    if (s->d_x)
        zero_padding(s, &plan, s->d_x, s->inputs);
    free(plan.order);
    return 0;
}
